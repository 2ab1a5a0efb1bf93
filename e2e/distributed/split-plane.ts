import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startNatsServer, startProcess, startRedisServer, type NatsServer, type RedisServer, type StartedProcess } from '@weft/testkit';

/** The processes of a {@link SplitPlane}, with the apps that each runs. The second of a kind is started by {@link SplitPlane.startPart} only. */
export const PARTS = { store: ['global-store'], ca: ['ca-service', 'dns-resolver', 'zone-ingress'], xds: ['xds-server', 'monitoring-assignment'], secondXds: ['xds-server'], secondDns: ['dns-resolver'] } as const;

/** Name of a process. */
export type Part = keyof typeof PARTS;

/** Ports that outlive a process. */
type Ports = Readonly<Record<'api' | 'xds' | 'secondXds', number>>;

const PROGRAM = join(import.meta.dirname, '..', '..', 'apps', 'control-plane', 'dist', 'main.js');

/** A control plane of three processes on a real NATS and a real Redis, on free ports of loopback. */
export class SplitPlane {
  readonly nats: NatsServer;
  readonly redis: RedisServer;
  readonly #workDir: string;
  readonly #ports: Ports;
  readonly #processes = new Map<Part, StartedProcess>();

  private constructor(servers: { readonly nats: NatsServer; readonly redis: RedisServer }, workDir: string, ports: Ports) {
    this.nats = servers.nats;
    this.redis = servers.redis;
    this.#workDir = workDir;
    this.#ports = ports;
  }

  static async start(): Promise<SplitPlane> {
    const [nats, redis] = await Promise.all([startNatsServer(), startRedisServer()]);
    const plane = new SplitPlane({ nats, redis }, await mkdtemp(join(tmpdir(), 'weft-split-')), { api: await freePort(), xds: await freePort(), secondXds: await freePort() });
    try {
      // In any order: each waits for the others.
      await Promise.all((['xds', 'ca', 'store'] as const).map((part) => plane.startPart(part)));
    } catch (caught) {
      await plane.close();
      throw caught;
    }
    return plane;
  }

  get dpPort(): number {
    return this.#ports.xds;
  }

  /** Starts one process and waits until it is ready. */
  async startPart(part: Part): Promise<void> {
    const diagnostics = await freePort();
    const env = {
      WEFT_GENERAL_WORK_DIR: this.#workDir, WEFT_BUS_NATS_SERVERS: this.nats.url, WEFT_STORE_REDIS_URL: this.redis.url,
      WEFT_API_SERVER_HTTP_INTERFACE: '127.0.0.1', WEFT_API_SERVER_HTTP_PORT: String(this.#ports.api), WEFT_API_SERVER_HTTPS_ENABLED: 'false',
      WEFT_DP_SERVER_INTERFACE: '127.0.0.1', WEFT_DP_SERVER_PORT: String(this.#ports[part === 'secondXds' ? part : 'xds']), WEFT_DIAGNOSTICS_SERVER_PORT: String(diagnostics),
      WEFT_DNS_SERVER_INTERFACE: '127.0.0.1', WEFT_DNS_SERVER_PORT: '0', WEFT_MONITORING_ASSIGNMENT_SERVER_INTERFACE: '127.0.0.1', WEFT_MONITORING_ASSIGNMENT_SERVER_PORT: '0',
    };
    const args = [PROGRAM, 'run', '--apps', PARTS[part].join(','), '--bus', 'nats', '--store', 'redis', '--dp-auth', 'none'];
    const isReady = (): Promise<boolean> => fetch(`http://127.0.0.1:${diagnostics}/ready`).then(({ ok }) => ok, () => false);
    this.#processes.set(part, await startProcess({ command: process.execPath, args, env, isReady }));
  }

  /** As a crash does it. */
  async killPart(part: Part): Promise<void> {
    await this.#processes.get(part)?.stop('SIGKILL');
    this.#processes.delete(part);
  }

  /** One request to the API; gives the status and the body as JSON. */
  async api(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly json: Readonly<Record<string, unknown>> }> {
    const answer = await fetch(`http://127.0.0.1:${this.#ports.api}${path}`, { method, ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
    const text = await answer.text();
    return { status: answer.status, json: text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>) };
  }

  /** What the processes wrote, for messages. */
  get output(): string {
    return [...this.#processes].map(([part, running]) => `--- ${part}\n${running.output()}`).join('\n');
  }

  async close(): Promise<void> {
    await Promise.all([...this.#processes.keys()].map((part) => this.killPart(part)));
    await Promise.all([this.nats.stop(), this.redis.stop()]);
    await rm(this.#workDir, { recursive: true, force: true });
  }
}
