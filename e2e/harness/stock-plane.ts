import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '@weft/api-client';
import { TestProcess } from './processes.ts';
import { freePorts } from './test-mesh.ts';

/** How a {@link StockPlane} starts: as global control plane, or as a zone of one. */
export type StockPlaneRole = { readonly mode: 'global' } | { readonly mode: 'zone'; readonly name: string; readonly kdsPort: number };

/**
 * A control plane that is configured by Kuma's own variables alone, so that a stock `kuma-cp` and ours under its name can
 * stand for each other. Memory store, free ports; `close` stops it and removes its folder.
 */
export class StockPlane {
  readonly api: ApiClient;
  /** Where zones connect; of a global control plane. */
  readonly kdsPort: number;
  readonly #process: TestProcess;
  readonly #home: string;

  private constructor(parts: { readonly process: TestProcess; readonly home: string; readonly apiPort: number; readonly kdsPort: number }) {
    this.#process = parts.process;
    this.#home = parts.home;
    this.kdsPort = parts.kdsPort;
    this.api = new ApiClient({ url: `http://127.0.0.1:${parts.apiPort}` });
  }

  /** `program`: path of a kuma-cp. Done when it is ready. */
  static async start(program: string, role: StockPlaneRole): Promise<StockPlane> {
    const [apiPort = 0, https = 0, dp = 0, diagnostics = 0, mads = 0, interCp = 0, kdsPort = 0, dns = 0] = await freePorts(8);
    const home = mkdtempSync(join(tmpdir(), 'weft-stock-cp-'));
    const process = new TestProcess(`kuma-cp (${role.mode})`, {
      program, args: ['run'],
      env: {
        HOME: home, KUMA_MODE: role.mode, KUMA_ENVIRONMENT: 'universal', KUMA_STORE_TYPE: 'memory', KUMA_GENERAL_WORK_DIR: home,
        KUMA_API_SERVER_HTTP_PORT: String(apiPort), KUMA_API_SERVER_HTTPS_PORT: String(https), KUMA_DP_SERVER_PORT: String(dp),
        KUMA_DIAGNOSTICS_SERVER_PORT: String(diagnostics), KUMA_MONITORING_ASSIGNMENT_SERVER_PORT: String(mads), KUMA_INTER_CP_SERVER_PORT: String(interCp),
        KUMA_MULTIZONE_GLOBAL_KDS_GRPC_PORT: String(kdsPort),
        WEFT_DNS_SERVER_PORT: String(dns), // a port of ours that a stock control plane does not have
        ...(role.mode === 'zone' && {
          KUMA_MULTIZONE_ZONE_NAME: role.name, KUMA_MULTIZONE_ZONE_GLOBAL_ADDRESS: `grpcs://127.0.0.1:${role.kdsPort}`,
          KUMA_MULTIZONE_ZONE_KDS_TLS_SKIP_VERIFY: 'true',
        }),
      },
    });
    await process.until('ready', () => fetch(`http://127.0.0.1:${diagnostics}/ready`).then(({ ok }) => ok, () => false));
    return new StockPlane({ process, home, apiPort, kdsPort });
  }

  /** What it said last, for messages. */
  get output(): string {
    return this.#process.output.slice(-6000);
  }

  async close(): Promise<void> {
    await this.#process.kill('SIGKILL');
    rmSync(this.#home, { recursive: true, force: true });
  }
}
