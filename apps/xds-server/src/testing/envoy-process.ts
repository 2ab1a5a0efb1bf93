import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureEnvoy } from '@weft/envoy-binary';

/** One dynamic resource in Envoy's config dump. */
export interface DumpedResource {
  readonly version_info?: string;
  readonly cluster?: { readonly name: string };
}

/** A real Envoy that was started with the bootstrap of a DP server. */
export class EnvoyProcess {
  /** What it wrote to its log. */
  log = '';
  readonly #workdir: string;
  readonly #process: ChildProcess;

  private constructor(workdir: string, process: ChildProcess) {
    this.#workdir = workdir;
    this.#process = process;
    process.stderr?.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
  }

  /** Asks the DP server for a bootstrap as an agent does, and starts Envoy with it. */
  static async start(port: number, fields: { readonly name: string; readonly document: string; readonly features: readonly string[] }): Promise<EnvoyProcess> {
    const workdir = await mkdtemp(join(tmpdir(), 'weft-xds-'));
    const reply = await postBootstrap(port, {
      mesh: 'default', name: fields.name, dataplaneResource: fields.document, features: fields.features, workdir, readinessPort: 9902, version: { envoy: { version: '1.39.3' } },
    });
    if (reply.status !== 200) throw new Error(`bootstrap: ${reply.status} ${reply.body}`);
    const { bootstrap } = JSON.parse(reply.body) as { bootstrap: string };
    const file = join(workdir, 'bootstrap.yaml');
    await writeFile(file, Buffer.from(bootstrap, 'base64'));
    const { path } = await ensureEnvoy();
    return new EnvoyProcess(workdir, spawn(path, ['-c', file, '--use-dynamic-base-id', '--concurrency', '1', '-l', 'warning'], { stdio: ['ignore', 'ignore', 'pipe'] }));
  }

  /** A statistic by its whole name; undefined where Envoy has none of it. */
  async stat(name: string): Promise<number | undefined> {
    const { stats } = JSON.parse(await this.#admin(`/stats?format=json&filter=^${name.replaceAll('.', '\\.')}$`)) as { stats: { name?: string; value?: number }[] };
    return stats.find((stat) => stat.name === name)?.value;
  }

  /** Versions of the dynamic clusters by name: `active`, or `warming`. */
  async clusters(state: 'active' | 'warming'): Promise<Readonly<Record<string, string>>> {
    const { configs = [] } = JSON.parse(await this.#admin(`/config_dump?resource=dynamic_${state}_clusters`)) as { configs?: DumpedResource[] };
    return Object.fromEntries(configs.map((config) => [config.cluster?.name ?? '', config.version_info ?? '']));
  }

  async stop(): Promise<void> {
    const exited = this.#process.exitCode === null ? once(this.#process, 'exit') : undefined;
    this.#process.kill('SIGKILL');
    await exited;
    await rm(this.#workdir, { recursive: true, force: true });
  }

  async #admin(path: string): Promise<string> {
    return read((done) => request({ socketPath: join(this.#workdir, 'kuma-envoy-admin.sock'), path, headers: { host: 'admin' } }, done)).then(({ body }) => body);
  }
}

/** `POST /bootstrap` with `Host: localhost:<port>`. */
export async function postBootstrap(port: number, body: object | string, { method = 'POST', path = '/bootstrap', host = `localhost:${port}`, accept = 'application/json' } = {}): Promise<{ readonly status: number; readonly body: string; readonly type: string | undefined }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return read((done) => requestTls({ host: '127.0.0.1', port, method, path, rejectUnauthorized: false, headers: { host, accept, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } }, done), text);
}

/** `POST /drain`; gives the status. */
export async function postDrain(port: number, body: object | string): Promise<number> {
  return (await postBootstrap(port, body, { path: '/drain' })).status;
}

async function read(open: (done: (response: IncomingMessage) => void) => ClientRequest, text = ''): Promise<{ status: number; body: string; type: string | undefined }> {
  return new Promise((resolve, reject) => {
    const sent = open((response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, type: response.headers['content-type'] }));
    });
    sent.on('error', reject);
    sent.end(text);
  });
}
