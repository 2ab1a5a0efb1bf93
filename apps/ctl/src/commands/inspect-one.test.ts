import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../program.ts';

const PROBLEM = { type: '/std-errors', status: 500, title: 'Could not execute admin operation', detail: 'Envoy is away', details: 'Envoy is away' };

/** What is asked of the server, and what is printed of its answers. */
describe('weftctl inspect NAME', () => {
  let folder: string;
  let server: Server;
  const asked: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const url = request.url ?? '';
      if (url === '/') return void response.end('{"product":"Kuma","version":"2.14.3"}');
      asked.push(url);
      if (url.includes('away')) return void response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify(PROBLEM));
      if (url.includes('unserved')) return void response.writeHead(404).end('404: Page Not Found');
      response.end(url.includes('meshgateways') ? '{"total": 2, "items": [{"dataplane": {"mesh": "m", "name": "gw-1"}}, {"dataplane": {"mesh": "m", "name": "gw-2"}}]}' : 'as it comes');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    folder = mkdtempSync(join(tmpdir(), 'weftctl-inspect-'));
    await run('config', 'control-planes', 'add', '--name', 'test', '--address', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => void asked.splice(0));

  async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const text = { out: '', err: '' };
    const sink = (name: 'out' | 'err'): Writable => new Writable({ write: (chunk: Buffer, _, done) => ((text[name] += chunk.toString()), done()) });
    const code = await runCli(['node', 'weftctl', '--config-file', join(folder, 'config'), ...args], { env: {}, stdin: Readable.from([]), stdout: sink('out'), stderr: sink('err') });
    return { code, ...text };
  }

  it.each([
    ['dataplane web --type config-dump', '/meshes/default/dataplanes/web/xds'],
    ['dataplane web -m shop --config-dump --include-eds', '/meshes/shop/dataplanes/web/xds?include_eds=true'],
    ['dataplane web --type stats', '/meshes/default/dataplanes/web/stats'],
    ['dataplane web --type clusters', '/meshes/default/dataplanes/web/clusters'],
    ['zoneingress in', '/zoneingresses/in/xds'],
    ['zoneingress in --type clusters --include-eds', '/zoneingresses/in/clusters'],
    ['zoneegress out --include-eds', '/zoneegresses/out/xds?include_eds=true'],
    ['zoneegress out --type stats', '/zoneegresses/out/stats'],
  ])('%s asks for %s and prints the answer', async (args, path) => {
    expect(await run('inspect', ...args.split(' '))).toEqual({ code: 0, out: 'as it comes\n', err: '' });
    expect(asked).toEqual([path]);
  });

  it('meshgateway lists the proxies that serve it', async () => {
    expect(await run('inspect', 'meshgateway', 'edge', '-m', 'm')).toEqual({ code: 0, out: 'Affected data plane proxies:\n\n  gw-1\n  gw-2\n', err: '' });
    expect(asked).toEqual(['/meshes/m/meshgateways/edge/dataplanes']);
    expect(JSON.parse((await run('inspect', 'meshgateway', 'edge', '-o', 'json')).out)).toMatchObject({ total: 2 });
  });

  it('tells the reason of the server', async () => {
    const away = { code: 1, out: '', err: 'Error: Could not execute admin operation (Envoy is away)\n' };
    expect(await run('inspect', 'zoneingress', 'away')).toEqual(away);
    expect(await run('inspect', 'dataplane', 'away', '--type', 'stats')).toEqual(away);
    expect(await run('inspect', 'zoneegress', 'unserved')).toMatchObject({ code: 1, err: 'Error: this control plane does not offer --type config-dump\n' });
    expect(await run('inspect', 'meshgateway', 'unserved')).toMatchObject({ code: 1, err: 'Error: this control plane does not offer inspect meshgateway\n' });
  });

  it('refuses types that there are not, and asks nothing', async () => {
    expect(await run('inspect', 'zoneingress', 'in', '--type', 'policies')).toMatchObject({ code: 1, err: 'Error: invalid --type "policies". Use config-dump, stats, clusters.\n' });
    expect(asked).toEqual([]);
  });
});
