import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Endpoint } from './placed-workload.ts';
import { freePorts, until } from './test-mesh.ts';

const binary = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'].map((folder) => join(folder, 'nginx')).find((path) => existsSync(path));

/** Whether nginx is installed (Debian package nginx-light). */
export const hasNginx = binary !== undefined;

/** Debian's nginx as a gateway: it sends each path's requests to where its own sidecar listens. */
export class Nginx {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly url: string;

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.#child = child;
    this.#folder = folder;
    this.url = url;
  }

  /** Starts it on loopback; `routes`: path prefix to address. Keeps connections to the sidecar open, as gateways do. */
  static async start(routes: Readonly<Record<string, Endpoint>>): Promise<Nginx> {
    if (binary === undefined) throw new Error('nginx is not installed (Debian package nginx-light)');
    const [port = 0] = await freePorts(1);
    const folder = mkdtempSync(join(tmpdir(), 'weft-nginx-'));
    const names = Object.keys(routes);
    const upstreams = names.map((path, index) => `upstream u${index} { server ${routes[path]?.host ?? ''}:${routes[path]?.port ?? 0}; keepalive 4; }`);
    const locations = names.map((path, index) => `location ${path} { proxy_pass http://u${index}; proxy_http_version 1.1; proxy_set_header Connection ""; }`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`);
    writeFileSync(join(folder, 'nginx.conf'), `
daemon off; pid ${folder}/pid; error_log stderr warn; worker_processes 1;
events {}
http { access_log off; ${temporary.join(' ')} ${upstreams.join(' ')} server { listen 127.0.0.1:${port}; ${locations.join(' ')} } }
`);
    const child = spawn(binary, ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()));
    const nginx = new Nginx(child, folder, `http://127.0.0.1:${port}`);
    await until('nginx listens', async () => {
      if (child.exitCode !== null) throw new Error(`nginx ended: ${words}`);
      return fetch(`${nginx.url}/`).then(() => true, () => false);
    });
    return nginx;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
