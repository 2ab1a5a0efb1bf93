import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
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
  /** Fails when the agent ends first. */
  ready(): Promise<void>;
  /** Asks Envoy's admin API. */
  admin(path: string): Promise<string>;
  /** Process of the Envoy that runs now. */
  envoyPid(): number;
}

/** A proxy to start: the Dataplane's networking, and tags by way of it. */
export interface ProxySpec {
  readonly name: string;
  /** A proxy of the zone instead of a Dataplane; takes a zone token in `token`. */
  readonly zoneProxy?: 'ingress' | 'egress';
  /** Default: that of the {@link TestMesh}. */
  readonly mesh?: string;
  readonly networking: Document;
  /** Virtual probes. */
  readonly probes?: Document;
  readonly labels?: Readonly<Record<string, string>>;
  /** Default: a token for just this proxy and its workload, valid for an hour. */
  readonly token?: string;
  /** Another agent than ours. */
  readonly agent?: OtherAgent;
  /** Where agent and Envoy run, when not on this machine's own network. */
  readonly host?: ProxyHost;
}

/** An agent that takes the flags of kuma-dp. */
export interface OtherAgent {
  /** Path of the program. */
  readonly program: string;
  /** Flags beside those that every agent is given. */
  readonly flags: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A network of its own for a proxy. */
export interface ProxyHost {
  /** The control plane's address as seen from there. */
  readonly controlPlane: string;
  /** Turns a command line into one that runs there. */
  readonly command: (args: readonly string[]) => readonly string[];
  /** Makes the folder that the agent works in. */
  readonly prepare: (workDir: string) => void;
  /** Further flags of the agent. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How a {@link TestMesh} starts. */
export interface TestMeshOptions {
  readonly mesh?: string;
  /** `elsewhere`: the Mesh is not written here, such as in a zone that gets it from its global control plane. Default: STRICT. */
  readonly mtls?: MtlsMode | 'elsewhere';
  /** Further settings of the control plane, as environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a mesh's mTLS is. */
export type MtlsMode = 'STRICT' | 'PERMISSIVE' | 'off';

/** Ports of one control plane. */
type Ports = Readonly<Record<'api' | 'https' | 'dp' | 'diagnostics' | 'dns' | 'mads', number>>;

const root = join(import.meta.dirname, '..', '..');

/** A control plane in one process and real Envoys, on free ports of loopback; everything is stopped and removed by `close`. */
export class TestMesh {
  readonly mesh: string;
  readonly #workDir: string;
  readonly #envoy: string;
  readonly #ports: Ports;
  readonly #env: Readonly<Record<string, string>>;
  readonly #proxies = new Map<string, TestProxy>();
  #plane: TestProcess;

  private constructor(options: { readonly mesh: string; readonly workDir: string; readonly envoy: string; readonly ports: Ports; readonly env: Readonly<Record<string, string>> }) {
    this.mesh = options.mesh;
    this.#workDir = options.workDir;
    this.#envoy = options.envoy;
    this.#ports = options.ports;
    this.#env = options.env;
    this.#plane = this.#spawnPlane();
  }

  static async start(options: TestMeshOptions = {}): Promise<TestMesh> {
    const [api, https, dp, diagnostics, dns, mads] = await freePorts(6);
    if (api === undefined || https === undefined || dp === undefined || diagnostics === undefined || dns === undefined || mads === undefined) throw new Error('no free ports');
    const { path } = await ensureEnvoy({});
    const started = new TestMesh({ mesh: options.mesh ?? 'default', workDir: mkdtempSync(join(tmpdir(), 'weft-e2e-')), envoy: path, ports: { api, https, dp, diagnostics, dns, mads }, env: options.env ?? {} });
    await started.planeReady();
    const mtls = options.mtls ?? 'STRICT';
    if (mtls !== 'elsewhere') await started.setMtls(mtls);
    return started;
  }

  get ports(): Ports {
    return this.#ports;
  }

  /** Writes the Mesh with this mTLS. */
  async setMtls(mode: MtlsMode): Promise<void> {
    await this.put({ type: 'Mesh', name: this.mesh, ...(mode !== 'off' && { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode }] } }) });
  }

  get api(): ApiClient {
    return new ApiClient({ url: `http://127.0.0.1:${this.#ports.api}` });
  }

  /** Process of the control plane that runs now. */
  get planePid(): number {
    return this.#plane.child.pid ?? 0;
  }

  get planeOutput(): string {
    return this.#plane.output;
  }

  /** Writes a resource given as its REST document; the mesh is filled in for all but Mesh. */
  async put(document: Document & { readonly type: string; readonly name: string }): Promise<void> {
    const body = document.type === 'Mesh' ? document : { mesh: this.mesh, ...document };
    const path = document.type === 'Mesh' ? `/meshes/${document.name}` : `/meshes/${this.mesh}/${pluralOf(document.type)}/${document.name}`;
    await this.api.put(path, body);
  }

  async delete(type: string, name: string): Promise<void> {
    await this.api.delete(`/meshes/${this.mesh}/${pluralOf(type)}/${name}`);
  }

  /** Lets everyone talk to everyone. */
  async allowAll(): Promise<void> {
    await this.put({ type: 'MeshTrafficPermission', name: 'allow-all', spec: { from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Allow' } }] } });
  }

  /** Starts an agent and Envoy for a Dataplane, and waits until it is ready. */
  async startProxy(spec: ProxySpec): Promise<TestProxy> {
    const proxy = await this.launchProxy(spec);
    await proxy.ready();
    return proxy;
  }

  /** Starts an agent, which starts Envoy if it is let. */
  async launchProxy(spec: ProxySpec): Promise<TestProxy> {
    const file = join(this.#workDir, `${spec.name}.json`);
    writeFileSync(file, JSON.stringify({ ...(spec.zoneProxy === undefined ? { type: 'Dataplane', mesh: spec.mesh ?? this.mesh } : { type: spec.zoneProxy === 'ingress' ? 'ZoneIngress' : 'ZoneEgress' }), name: spec.name, ...(spec.labels !== undefined && { labels: spec.labels }), networking: spec.networking, ...(spec.probes !== undefined && { probes: spec.probes }) }));
    const token = join(this.#workDir, `${spec.name}.token`);
    writeFileSync(token, spec.token ?? await this.api.issueToken('dataplane', { name: spec.name, mesh: spec.mesh ?? this.mesh, workload: spec.labels?.['kuma.io/workload'] ?? '', validFor: '1h' }), { mode: 0o600 });
    const [readiness] = await freePorts(1);
    const workDir = join(this.#workDir, spec.name);
    const { host } = spec;
    host?.prepare(workDir);
    const agent = new TestProcess(`weft-dp ${spec.name}`, {
      ...(spec.agent !== undefined && { program: spec.agent.program }),
      args: [
        ...(spec.agent === undefined ? [join(root, 'apps/dp-agent/dist/main.js')] : []), 'run', `--cp-address=https://${host?.controlPlane ?? '127.0.0.1'}:${this.#ports.dp}`, '--skip-verify', `--dataplane-file=${file}`, `--dataplane-token-file=${token}`,
        '--concurrency=1', '--drain-time=1s', `--work-dir=${workDir}`, ...(spec.zoneProxy === undefined ? [] : [`--proxy-type=${spec.zoneProxy}`]), ...(spec.agent === undefined ? [] : [`--binary-path=${this.#envoy}`, ...spec.agent.flags]), ...(host?.flags ?? []),
      ],
      env: { ENVOY_PATH: this.#envoy, KUMA_READINESS_PORT: String(readiness), ...spec.agent?.env, ...host?.env },
      ...(host !== undefined && { inside: host.command }),
    });
    const proxy: TestProxy = {
      name: spec.name,
      agent,
      ready: () => agent.until('ready', () => host === undefined ? answers(`http://127.0.0.1:${readiness}/ready`) : adminSays(workDir, '/ready')),
      admin: (path) => askAdmin(join(workDir, 'kuma-envoy-admin.sock'), path),
      envoyPid: () => Number([...agent.output.matchAll(/Envoy runs \(process (\d+)\)/g)].at(-1)?.[1]),
    };
    this.#proxies.set(spec.name, proxy);
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
    await this.startPlane();
  }

  /** Starts the control plane again on the same data. `env`: settings for this time. */
  async startPlane(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#plane = this.#spawnPlane(env);
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

  #spawnPlane(env: Readonly<Record<string, string>> = {}): TestProcess {
    const { api, https, dp, diagnostics, dns, mads } = this.#ports;
    return new TestProcess('weft-cp', {
      args: [join(root, 'apps/control-plane/dist/main.js'), 'run'],
      env: {
        WEFT_GENERAL_WORK_DIR: this.#workDir, WEFT_API_SERVER_HTTP_PORT: String(api), WEFT_API_SERVER_HTTPS_PORT: String(https), WEFT_DP_SERVER_PORT: String(dp),
        WEFT_DIAGNOSTICS_SERVER_PORT: String(diagnostics), WEFT_DNS_SERVER_PORT: String(dns), WEFT_MONITORING_ASSIGNMENT_SERVER_PORT: String(mads), ...this.#env, ...env,
      },
    });
  }
}

/** Types of the first generation whose paths have hyphens. */
const HYPHENATED = /^(Traffic(?=[A-Z])|Circuit(?=Breaker)|Health(?=Check)|Fault(?=Injection)|Rate(?=Limit)|External(?=Service)|Virtual(?=Outbound))/;

/** A type's name in paths of the API. */
function pluralOf(type: string): string {
  const name = type.replace(HYPHENATED, '$1-').toLowerCase();
  if (/(s|ch)$/.test(name)) return `${name}es`;
  return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then((answer) => answer.ok, () => false);
}

/** Whether Envoy's admin API, a socket that is reached from every network, answers LIVE. */
async function adminSays(workDir: string, path: string): Promise<boolean> {
  return askAdmin(join(workDir, 'kuma-envoy-admin.sock'), path).then((answer) => answer.startsWith('LIVE'), () => false);
}

function askAdmin(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, headers: { host: 'admin' } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    }).on('error', reject).end();
  });
}

/** Below the ports that the system gives to outgoing connections, so that none of these takes one before it is used. */
const FIRST_PORT = 12_000;
const LAST_PORT = 32_000;
const given = new Set<number>();

/** Ports of loopback that are free now; none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    ports.push(port);
  }
  return ports;
}

/** Free on all addresses of loopback. */
async function isFree(port: number): Promise<boolean> {
  const server = createTcpServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}

export { until };
