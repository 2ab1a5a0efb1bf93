import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient, type Document } from '@weft/api-client';
import { ensureEnvoy } from '@weft/envoy-binary';
import { TestProcess, until } from './processes.ts';

/** One workload's proxy in a {@link TestMesh}. */
export interface TestProxy {
  readonly name: string;
  readonly agent: TestProcess;
}

/** A proxy to start: the Dataplane's networking, and tags by way of it. */
export interface ProxySpec {
  readonly name: string;
  readonly networking: Document;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Ports of one control plane. */
type Ports = Readonly<Record<'api' | 'https' | 'dp' | 'diagnostics' | 'dns', number>>;

const root = join(import.meta.dirname, '..', '..');

/** A control plane in one process and real Envoys, on free ports of loopback; everything is stopped and removed by `close`. */
export class TestMesh {
  readonly mesh: string;
  readonly #workDir: string;
  readonly #envoy: string;
  readonly #ports: Ports;
  readonly #proxies = new Map<string, TestProxy>();
  #plane: TestProcess;

  private constructor(options: { readonly mesh: string; readonly workDir: string; readonly envoy: string; readonly ports: Ports }) {
    this.mesh = options.mesh;
    this.#workDir = options.workDir;
    this.#envoy = options.envoy;
    this.#ports = options.ports;
    this.#plane = this.#spawnPlane();
  }

  static async start(options: { readonly mesh?: string; readonly mtls?: 'STRICT' | 'PERMISSIVE' | 'off' } = {}): Promise<TestMesh> {
    const [api, https, dp, diagnostics, dns] = await freePorts(5);
    if (api === undefined || https === undefined || dp === undefined || diagnostics === undefined || dns === undefined) throw new Error('no free ports');
    const { path } = await ensureEnvoy({});
    const started = new TestMesh({ mesh: options.mesh ?? 'default', workDir: mkdtempSync(join(tmpdir(), 'weft-e2e-')), envoy: path, ports: { api, https, dp, diagnostics, dns } });
    await started.planeReady();
    const mtls = options.mtls ?? 'STRICT';
    await started.put({ type: 'Mesh', name: started.mesh, ...(mtls !== 'off' && { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: mtls }] } }) });
    return started;
  }

  get api(): ApiClient {
    return new ApiClient({ url: `http://127.0.0.1:${this.#ports.api}` });
  }

  get planeOutput(): string {
    return this.#plane.output;
  }

  /** Writes a resource given as its REST document; the mesh is filled in for all but Mesh. */
  async put(document: Document & { readonly type: string; readonly name: string }): Promise<void> {
    const body = document.type === 'Mesh' ? document : { mesh: this.mesh, ...document };
    const path = document.type === 'Mesh' ? `/meshes/${document.name}` : `/meshes/${this.mesh}/${PATHS[document.type] ?? `${document.type.toLowerCase()}s`}/${document.name}`;
    await this.api.put(path, body);
  }

  async delete(type: string, name: string): Promise<void> {
    await this.api.delete(`/meshes/${this.mesh}/${PATHS[type] ?? `${type.toLowerCase()}s`}/${name}`);
  }

  /** Lets everyone talk to everyone. */
  async allowAll(): Promise<void> {
    await this.put({ type: 'MeshTrafficPermission', name: 'allow-all', spec: { from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Allow' } }] } });
  }

  /** Starts an agent and Envoy for a Dataplane, and waits until it is ready. */
  async startProxy(spec: ProxySpec): Promise<TestProxy> {
    const file = join(this.#workDir, `${spec.name}.json`);
    writeFileSync(file, JSON.stringify({ type: 'Dataplane', mesh: this.mesh, name: spec.name, ...(spec.labels !== undefined && { labels: spec.labels }), networking: spec.networking }));
    const token = join(this.#workDir, `${spec.name}.token`);
    writeFileSync(token, await this.api.issueToken('dataplane', { name: spec.name, mesh: this.mesh, validFor: '1h' }), { mode: 0o600 });
    const [readiness] = await freePorts(1);
    const agent = new TestProcess(`weft-dp ${spec.name}`, {
      args: [join(root, 'apps/dp-agent/dist/main.js'), 'run', `--cp-address=https://127.0.0.1:${this.#ports.dp}`, '--skip-verify', `--dataplane-file=${file}`, `--dataplane-token-file=${token}`, '--concurrency=1', '--drain-time=1s'],
      env: { ENVOY_PATH: this.#envoy, KUMA_READINESS_PORT: String(readiness) },
    });
    const proxy: TestProxy = { name: spec.name, agent };
    this.#proxies.set(spec.name, proxy);
    await agent.until('ready', () => answers(`http://127.0.0.1:${readiness}/ready`));
    return proxy;
  }

  /** Ends a proxy: by default as an orchestrator does. */
  async stopProxy(name: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#proxies.get(name)?.agent.kill(signal);
    this.#proxies.delete(name);
  }

  /** Kills the control plane and starts it again on the same data. */
  async restartPlane(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.stopPlane(signal);
    this.#plane = this.#spawnPlane();
    await this.planeReady();
  }

  async stopPlane(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#plane.kill(signal);
  }

  async planeReady(): Promise<void> {
    await this.#plane.until('ready', () => answers(`http://127.0.0.1:${this.#ports.diagnostics}/ready`));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map(({ agent }) => agent.kill()));
    await this.#plane.kill();
    rmSync(this.#workDir, { recursive: true, force: true });
  }

  #spawnPlane(): TestProcess {
    const { api, https, dp, diagnostics, dns } = this.#ports;
    return new TestProcess('weft-cp', {
      args: [join(root, 'apps/control-plane/dist/main.js'), 'run'],
      env: {
        WEFT_GENERAL_WORK_DIR: this.#workDir, WEFT_API_SERVER_HTTP_PORT: String(api), WEFT_API_SERVER_HTTPS_PORT: String(https), WEFT_DP_SERVER_PORT: String(dp),
        WEFT_DIAGNOSTICS_SERVER_PORT: String(diagnostics), WEFT_DNS_SERVER_PORT: String(dns),
      },
    });
  }
}

const PATHS: Readonly<Record<string, string>> = { MeshTLS: 'meshtlses', MeshRetry: 'meshretries' };

async function answers(url: string): Promise<boolean> {
  return fetch(url).then((answer) => answer.ok, () => false);
}

/** Ports of loopback that are free now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createTcpServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export { until };
