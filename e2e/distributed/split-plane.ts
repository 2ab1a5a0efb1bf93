import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '@weft/api-client';
import { startNatsServer, startProcess, startRedisServer, type NatsServer, type RedisServer, type StartedProcess } from '@weft/testkit';
import { freePorts } from '../harness/test-mesh.ts';

/** The processes of a {@link SplitPlane}, with the apps that each runs. The first three are started where nothing else is said. */
export const PARTS = { store: ['global-store'], ca: ['ca-service', 'dns-resolver', 'zone-ingress'], xds: ['xds-server', 'monitoring-assignment'], secondXds: ['xds-server'], secondDns: ['dns-resolver'], signer: ['ca-service'], names: ['dns-resolver'], entrances: ['zone-ingress'], sync: ['kds-sync'], secondSync: ['kds-sync'] } as const;

/** Name of a process. */
export type Part = keyof typeof PARTS;

/** Ports that outlive a process. */
type Ports = Readonly<Record<'api' | 'xds' | 'secondXds' | 'sync' | 'secondSync', number>>;

/** How a {@link SplitPlane} starts. */
export interface SplitPlaneOptions {
  readonly parts?: readonly Part[];
  /** Further settings of every process, as environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** For many processes that start at once. */
const PATIENCE_MS = 60_000;

const PROGRAM = join(import.meta.dirname, '..', '..', 'apps', 'control-plane', 'dist', 'main.js');

/** A control plane of several processes on a real NATS and a real Redis, on free ports of loopback. */
export class SplitPlane {
  readonly nats: NatsServer;
  readonly redis: RedisServer;
  readonly #workDir: string;
  readonly #ports: Ports;
  readonly #env: Readonly<Record<string, string>>;
  readonly #processes = new Map<Part, StartedProcess>();

  private constructor(servers: { readonly nats: NatsServer; readonly redis: RedisServer }, own: { readonly workDir: string; readonly ports: Ports; readonly env: Readonly<Record<string, string>> }) {
    this.nats = servers.nats;
    this.redis = servers.redis;
    this.#workDir = own.workDir;
    this.#ports = own.ports;
    this.#env = own.env;
  }

  static async start({ parts = ['xds', 'ca', 'store'], env = {} }: SplitPlaneOptions = {}): Promise<SplitPlane> {
    const [nats, redis] = await Promise.all([startNatsServer(), startRedisServer()]);
    const [api = 0, xds = 0, secondXds = 0, sync = 0, secondSync = 0] = await freePorts(5);
    const plane = new SplitPlane({ nats, redis }, { workDir: await mkdtemp(join(tmpdir(), 'weft-split-')), ports: { api, xds, secondXds, sync, secondSync }, env });
    try {
      // In any order: each waits for the others.
      await Promise.all(parts.map((part) => plane.startPart(part)));
    } catch (caught) {
      await plane.close();
      throw caught;
    }
    return plane;
  }

  get dpPort(): number {
    return this.#ports.xds;
  }

  get client(): ApiClient {
    return new ApiClient({ url: `http://127.0.0.1:${this.#ports.api}` });
  }

  /** Folder of the processes. */
  get workDir(): string {
    return this.#workDir;
  }

  /** Port of the first process of these that runs. */
  portOf(...parts: readonly ('xds' | 'secondXds' | 'sync' | 'secondSync')[]): number {
    return this.#ports[parts.find((part) => this.#processes.has(part)) ?? parts[0] ?? 'xds'];
  }

  /** Starts one process and waits until it is ready. */
  async startPart(part: Part): Promise<void> {
    const [diagnostics = 0] = await freePorts(1);
    const env = {
      WEFT_GENERAL_WORK_DIR: this.#workDir, WEFT_BUS_NATS_SERVERS: this.nats.url, WEFT_STORE_REDIS_URL: this.redis.url,
      WEFT_API_SERVER_HTTP_INTERFACE: '127.0.0.1', WEFT_API_SERVER_HTTP_PORT: String(this.#ports.api), WEFT_API_SERVER_HTTPS_ENABLED: 'false',
      WEFT_DP_SERVER_INTERFACE: '127.0.0.1', WEFT_DP_SERVER_PORT: String(this.#ports[part === 'secondXds' ? part : 'xds']), WEFT_DIAGNOSTICS_SERVER_PORT: String(diagnostics),
      WEFT_DNS_SERVER_INTERFACE: '127.0.0.1', WEFT_DNS_SERVER_PORT: '0', WEFT_MONITORING_ASSIGNMENT_SERVER_INTERFACE: '127.0.0.1', WEFT_MONITORING_ASSIGNMENT_SERVER_PORT: '0',
      WEFT_MULTIZONE_GLOBAL_KDS_INTERFACE: '127.0.0.1', WEFT_MULTIZONE_GLOBAL_KDS_GRPC_PORT: String(this.#ports[part === 'secondSync' ? part : 'sync']), ...this.#env,
    };
    const args = [PROGRAM, 'run', '--apps', PARTS[part].join(','), '--bus', 'nats', '--store', 'redis', '--dp-auth', 'none'];
    const isReady = (): Promise<boolean> => fetch(`http://127.0.0.1:${diagnostics}/ready`).then(({ ok }) => ok, () => false);
    this.#processes.set(part, await startProcess({ command: process.execPath, args, env, isReady, patienceMs: PATIENCE_MS }));
  }

  /** As a crash does it. */
  async killPart(part: Part): Promise<void> {
    const running = this.#processes.get(part);
    this.#processes.delete(part);
    await running?.stop('SIGKILL');
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
