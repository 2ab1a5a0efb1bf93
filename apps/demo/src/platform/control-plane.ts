import { fileURLToPath } from 'node:url';
import { ApiClient } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import type { Zone } from '../shop/topology.ts';
import type { ControlPlanePorts } from './ports.ts';
import type { ProcessGroup, ShopProcess } from './process-group.ts';
import { until } from './until.ts';

const PROGRAM = fileURLToPath(new URL('../../control-plane/dist/main.js', import.meta.url));
const START_TIME_MS = 30_000;

/** What a control plane is: the global one, or that of a zone, which joins the global one at a port of this machine. */
export type ControlPlaneRole = { readonly name: 'global' } | { readonly name: Zone; readonly globalPort: number };

/** Where the control plane keeps its data and listens. */
export interface ControlPlaneOptions {
  readonly role: ControlPlaneRole;
  readonly workDir: string;
  readonly ports: ControlPlanePorts;
}

/** A control plane: one process of `weft-cp run` with an embedded store. It can be killed and started again on the same data. */
export class ControlPlane {
  readonly api: ApiClient;
  readonly #options: ControlPlaneOptions;
  readonly #processes: ProcessGroup;
  #process: ShopProcess | undefined;

  constructor(options: ControlPlaneOptions, processes: ProcessGroup) {
    this.#options = options;
    this.#processes = processes;
    this.api = new ApiClient({ url: `http://127.0.0.1:${options.ports.api}` });
  }

  get name(): 'global' | Zone {
    return this.#options.role.name;
  }

  get ports(): ControlPlanePorts {
    return this.#options.ports;
  }

  /** Name of its log. */
  get log(): string {
    return `cp-${this.name}`;
  }

  /** URL of the DP server, for agents that see this machine under an address. */
  dpServer(host: string): string {
    return `https://${host}:${this.ports.dpServer}`;
  }

  /** Resolves when the running process has ended. */
  get ended(): Promise<string> {
    return this.#process?.ended ?? Promise.resolve('was not started');
  }

  /** Starts it. Resolves when it is ready and its API answers; rejects with its last words when it ends instead. */
  async start(): Promise<void> {
    const started = this.#processes.start({ name: this.log, args: [PROGRAM, 'run'], env: environment(this.#options) });
    this.#process = started;
    let end: string | undefined;
    void started.ended.then((how) => { end = how; });
    await until(`the control plane ${this.name} is ready`, START_TIME_MS, async () => {
      if (end !== undefined) throw new MeshError('internal/bug', `the control plane ${this.name} ${end}:\n${this.#processes.tail(this.log, 15)}`);
      return this.#serves();
    });
  }

  /** Kills it without warning. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#process?.child.kill('SIGKILL');
    await this.ended;
  }

  async #serves(): Promise<boolean> {
    const ready = await fetch(`http://127.0.0.1:${this.ports.diagnostics}/ready`).then((answer) => answer.ok, () => false);
    return ready && this.api.index().then(() => true, () => false);
  }
}

/** Its whole configuration, as variables. */
function environment({ role, workDir, ports }: ControlPlaneOptions): Readonly<Record<string, string>> {
  return {
    WEFT_GENERAL_WORK_DIR: workDir,
    WEFT_STORE_TYPE: 'embedded',
    WEFT_API_SERVER_HTTP_INTERFACE: '127.0.0.1',
    WEFT_API_SERVER_HTTP_PORT: String(ports.api),
    WEFT_API_SERVER_HTTPS_INTERFACE: '127.0.0.1',
    WEFT_API_SERVER_HTTPS_PORT: String(ports.apiTls),
    WEFT_DP_SERVER_PORT: String(ports.dpServer),
    WEFT_DIAGNOSTICS_SERVER_PORT: String(ports.diagnostics),
    WEFT_DNS_SERVER_PORT: String(ports.dns),
    WEFT_MONITORING_ASSIGNMENT_SERVER_PORT: String(ports.monitoring),
    // A laptop's workloads come and go: a dead one leaves rotation after 1 s, not after 10.
    WEFT_XDS_DATAPLANE_DEREGISTRATION_DELAY: '1s',
    ...(role.name === 'global' ? globalRole(ports) : zoneRole(role)),
  };
}

function globalRole(ports: ControlPlanePorts): Readonly<Record<string, string>> {
  return { WEFT_MODE: 'global', WEFT_MULTIZONE_GLOBAL_KDS_INTERFACE: '127.0.0.1', WEFT_MULTIZONE_GLOBAL_KDS_GRPC_PORT: String(ports.kds) };
}

/** The certificate of the global one is of its own CA; it is not verified on this one machine. */
function zoneRole({ name, globalPort }: { readonly name: Zone; readonly globalPort: number }): Readonly<Record<string, string>> {
  return {
    WEFT_MODE: 'zone',
    WEFT_MULTIZONE_ZONE_NAME: name,
    WEFT_MULTIZONE_ZONE_GLOBAL_ADDRESS: `grpcs://127.0.0.1:${globalPort}`,
    WEFT_MULTIZONE_ZONE_KDS_TLS_SKIP_VERIFY: 'true',
  };
}
