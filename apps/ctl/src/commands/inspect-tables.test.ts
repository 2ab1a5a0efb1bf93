import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../program.ts';

const SUBSCRIPTION = { connectTime: '2020-01-01T00:00:00Z', status: { lastUpdateTime: '2020-01-01T00:00:00Z', total: { responsesSent: '7' } }, version: { kumaCp: { version: '2.14.3' } }, config: '{"store":{"type":"memory"}}' };
/** What the control plane answers, by path. */
const ANSWERS: Readonly<Record<string, readonly object[]>> = {
  '/mesh-insights': [{ name: 'default', dataplanes: { total: 2, online: 1 }, policies: { TrafficRoute: { total: 3 } } }],
  '/meshes/shop/service-insights': [{ name: 'web', status: 'partially_degraded', dataplanes: { total: 2, online: 1 } }],
  '/zones/_overview': [{ name: 'east', zone: {}, zoneInsight: { subscriptions: [SUBSCRIPTION] } }, { name: 'west', zone: { enabled: false }, zoneInsight: { subscriptions: [SUBSCRIPTION] } }, { name: 'new', zone: {} }],
  '/zoneingresses/_overview': [],
  '/meshes/far/dataplanes/_overview': [{ mesh: 'far', name: 'old-1', dataplane: { networking: { inbound: [] } }, dataplaneInsight: { subscriptions: [{ ...SUBSCRIPTION, version: { kumaDp: { version: '2.9.0', kumaCpCompatible: false }, envoy: { version: '1.31.0' } } }] } }],
  '/meshes/default/meshtimeouts/slow/_resources/dataplanes': [{ type: 'Dataplane', mesh: 'default', name: 'web-1' }],
  '/meshes/default/timeouts/old/dataplanes': [{ kind: 'SidecarDataplane', dataplane: { mesh: 'default', name: 'web-2' } }],
};

describe('weftctl inspect', () => {
  let server: Server;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weftctl-inspect-'));
    server = createServer((request, response) => {
      const [path = ''] = (request.url ?? '').split('?');
      const items = ANSWERS[path];
      if (path === '/') return response.end('{"product":"Kuma","version":"2.14.3"}');
      return items === undefined ? response.writeHead(404).end('404: Page Not Found') : response.end(JSON.stringify({ total: items.length, items, next: null }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    await inspect(['config', 'control-planes', 'add', '--name', 'test', '--address', `http://127.0.0.1:${(server.address() as AddressInfo).port}`]);
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  it('counts proxies and older policies of meshes', async () => {
    expect(await inspect(['inspect', 'meshes'])).toMatch(/^MESH {6}DATAPLANES {3}TRAFFIC PERMISSIONS {3}TRAFFIC ROUTES .*RATE LIMITS\ndefault {3}1\/2 {10}0 {21}3 {16}0/);
  });
  it('shows services of a mesh', async () => {
    expect(await inspect(['inspect', 'services', '-m', 'shop'])).toBe('SERVICE   STATUS               DATAPLANES\nweb       Partially degraded   1/2\n');
  });
  it('shows zones: connected, disabled, never seen', async () => {
    const rows = (await inspect(['inspect', 'zones'])).split('\n').slice(1, 4).map((line) => line.trimEnd().split(/ {3,}/));
    expect(rows.map(([name, status, , , updates, errors, version, backend]) => [name, status, updates, errors, version, backend])).toEqual([
      ['east', 'Online', '7', '0', '2.14.3', 'memory'], ['west', 'Offline', '7', '0', '2.14.3', 'memory'], ['new', 'Offline', '0', '0', undefined, undefined],
    ]);
  });
  it('warns of an agent whose release is far from the control plane', async () => {
    expect(await inspect(['inspect', 'dataplanes', '-m', 'far'])).toMatch(/^far .* Online .* 2\.9\.0 +1\.31\.0 +- +kuma-dp 2\.9\.0 is too far from the control plane's version$/m);
  });
  it('shows zone proxies under either name, headers where there are none', async () => {
    const headers = 'NAME   STATUS   LAST CONNECTED AGO   LAST UPDATED AGO   TOTAL UPDATES   TOTAL ERRORS   KUMA-DP VERSION   ENVOY VERSION\n';
    expect(await inspect(['inspect', 'zoneingresses'])).toBe(headers);
    expect(await inspect(['inspect', 'zone-ingresses'])).toBe(headers);
  });
  it('names the proxies of a policy, old or new', async () => {
    expect(await inspect(['inspect', 'meshtimeout', 'slow'])).toBe('Affected data plane proxies:\n\n  web-1\n');
    expect(await inspect(['inspect', 'meshtimeout', 'slow', '--new-api'])).toBe('Type        Mesh      Name\nDataplane   default   web-1\nTotal: 1\n');
    expect(await inspect(['inspect', 'timeout', 'old'])).toBe('Affected data plane proxies:\n\n  web-2\n');
  });

  async function inspect(argv: readonly string[]): Promise<string> {
    let printed = '';
    const sink = (keep: boolean): Writable => new Writable({ write(chunk: Buffer, _, done) { if (keep) printed += chunk.toString(); done(); } });
    await runCli(['node', 'weftctl', ...argv], { stdin: Readable.from([]), stdout: sink(true), stderr: sink(false), env: { WEFTCTL_CONFIG: join(folder, 'config') } });
    return printed;
  }
});
