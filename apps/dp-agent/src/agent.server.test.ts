import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ensureEnvoy } from '@weft/envoy-binary';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/** A control plane of one answer: knows the proxy from the third request on, as if it had been made meanwhile. */
let server: Server;
let requests: { workdir: string; readinessPort: number }[];
let envoyPort: number;
let agent: ChildProcess;
let output: string;
let binary: string;

beforeAll(async () => { binary = (await ensureEnvoy()).path; });

beforeEach(async () => {
  requests = [];
  envoyPort = await freePort();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      // The agent asks to leave rotation, too (`/drain`): this control plane does not know such a page.
      if (request.url !== '/bootstrap') {
        response.writeHead(404).end();
        return;
      }
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { workdir: string; readinessPort: number };
      requests.push(body);
      if (requests.length < 3) response.writeHead(404).end();
      else response.end(JSON.stringify({ bootstrap: Buffer.from(bootstrap(body.workdir)).toString('base64') }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  output = '';
  const port = (server.address() as AddressInfo).port;
  agent = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('./main.ts', import.meta.url)), 'run', '--name', 'web-1', `--cp-address=http://127.0.0.1:${port}`, '--drain-time', '1s', '--concurrency', '1', '--binary-path', binary], {
    env: { ...process.env, KUMA_CONTROL_PLANE_RETRY_BACKOFF: '50ms', KUMA_DATAPLANE_RESILIENT_COMPONENT_BASE_BACKOFF: '50ms' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [agent.stdout, agent.stderr]) stream?.on('data', (chunk: Buffer) => { output += chunk.toString(); });
});

afterEach(async () => {
  const gone = agent.exitCode !== null || agent.signalCode !== null || once(agent, 'exit');
  agent.kill('SIGKILL');
  await gone;
  server.close();
});

/** An Envoy that answers 200 on one port, so that traffic shows whether it runs. */
function bootstrap(workdir: string): string {
  return JSON.stringify({
    admin: { address: { pipe: { path: `${workdir}/kuma-envoy-admin.sock`, mode: 384 } } },
    staticResources: { listeners: [{
      name: 'only', trafficDirection: 'INBOUND', address: { socketAddress: { address: '127.0.0.1', portValue: envoyPort } },
      filterChains: [{ filters: [{ name: 'hcm', typedConfig: {
        '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', statPrefix: 'only',
        httpFilters: [{ name: 'router', typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' } }],
        routeConfig: { virtualHosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, directResponse: { status: 200, body: { inlineString: 'hello' } } }] }] },
      } }] }],
    }] },
  });
}

async function freePort(): Promise<number> {
  const probe = createTcpServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

const status = (url: string): Promise<number> => fetch(url, { headers: { connection: 'close' } }).then((response) => response.status, () => 0);
const served = (): Promise<number> => status(`http://127.0.0.1:${envoyPort}/`);
const ready = (): Promise<number> => status(`http://127.0.0.1:${requests.at(-1)?.readinessPort ?? 1}/ready`);
const workdir = (): string => requests.at(-1)?.workdir ?? '';
const envoyPid = (): number => Number([...output.matchAll(/Envoy runs \(process (\d+)\)/g)].at(-1)?.[1] ?? 0);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 40_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never: ${what}\n${output}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

describe('an agent with a real Envoy', () => {
  it('asks until it is known, serves, drains on SIGTERM and leaves nothing behind', async () => {
    await until('served', async () => (await served()) === 200);
    expect(requests).toHaveLength(3);
    expect(output).toContain('does not know this proxy yet');
    await until('ready', async () => (await ready()) === 200);
    const pid = envoyPid();
    agent.kill('SIGTERM');
    await until('terminating', async () => (await ready()) === 503);
    expect(isAlive(pid)).toBe(true);
    await once(agent, 'exit');
    expect(agent.exitCode).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(workdir())).toBe(false);
    expect(await served()).toBe(0);
  });

  it('starts a killed Envoy again', async () => {
    await until('served', async () => (await served()) === 200);
    const first = envoyPid();
    process.kill(first, 'SIGKILL');
    await until('another Envoy', () => envoyPid() !== first);
    await until('served again', async () => (await served()) === 200);
    expect(output).toContain('Envoy was ended by SIGKILL');
    expect(requests).toHaveLength(3);
  });

  it('takes Envoy and its files along when it is killed itself', async () => {
    await until('served', async () => (await served()) === 200);
    const pid = envoyPid();
    agent.kill('SIGKILL');
    await until('Envoy gone', () => !isAlive(pid));
    await until('work folder gone', () => !existsSync(workdir()));
  });
});
