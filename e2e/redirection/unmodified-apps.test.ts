import { NamespaceNetwork, type NetNamespace } from '@weft/net-namespace';
import { withoutNamespaces } from '@weft/net-namespace/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestMesh, until } from '../harness/test-mesh.ts';
import { curl, RedirectedHost, serve } from './redirected-host.ts';

const PORT = 8080;

/** Workloads in network namespaces of their own, whose apps and clients know nothing of the mesh. */
describe.skipIf(await withoutNamespaces())('unmodified apps under redirection', () => {
  let mesh: TestMesh;
  let network: NamespaceNetwork;
  let outside: NetNamespace;
  let web: RedirectedHost;
  let catalogue: RedirectedHost;

  beforeAll(async () => {
    network = await NamespaceNetwork.create();
    mesh = await TestMesh.start({ mtls: 'STRICT', env: { WEFT_DP_SERVER_INTERFACE: '::' } });
    await mesh.allowAll();
    outside = await network.add('outside');
    await serve(outside, 'outside', 80);
    await serve(outside, 'outside', 3306);
    catalogue = await RedirectedHost.start(mesh, network, { name: 'catalogue-1', service: 'catalogue', port: PORT, install: ['--exclude-inbound-ports', '9000'] });
    web = await RedirectedHost.start(mesh, network, { name: 'web-1', service: 'web', port: PORT, install: ['--exclude-outbound-ports', '3306'] });
    await until('web knows the catalogue by name', async () => (await web.curl('http://catalogue.mesh')).includes('catalogue-1'));
  });
  afterAll(async () => {
    await (mesh as TestMesh | undefined)?.close();
    await network.close();
  });

  const outsideUrl = (port: number, family: 'ipv4' | 'ipv6' = 'ipv4'): string => family === 'ipv4' ? `http://${outside.addresses.ipv4 ?? ''}:${port}` : `http://[${outside.addresses.ipv6 ?? ''}]:${port}`;
  const address = (host: RedirectedHost): string => host.namespace.addresses.ipv4 ?? '';

  it('call each other by name over mTLS', async () => {
    const answer = JSON.parse(await web.curl('http://catalogue.mesh')) as { name: string; client: string };
    expect(answer.name).toBe('catalogue-1');
    expect(answer.client).toContain('URI=spiffe://default/web');
    expect(JSON.parse(await web.curl(`http://catalogue.mesh:${PORT}`))).toMatchObject({ name: 'catalogue-1' });
    expect(JSON.parse(await web.curl('-4', 'http://catalogue.mesh'))).toMatchObject({ name: 'catalogue-1' });
    expect(JSON.parse(await web.curl('-6', 'http://catalogue.mesh'))).toMatchObject({ name: 'catalogue-1' });
    expect(Number(/ssl\.handshake: (\d+)/.exec(await web.proxy.admin('/stats?filter=cluster.catalogue.*ssl.handshake'))?.[1])).toBeGreaterThan(0);
  });

  it('call names and ports that a VirtualOutbound makes, as soon as it is there', async () => {
    const conf = { host: 'www.{{.name}}.mesh', port: '8443', parameters: [{ name: 'name', tagKey: 'kuma.io/service' }] };
    await mesh.api.put('/meshes/default/virtual-outbounds/shop', { type: 'VirtualOutbound', mesh: 'default', name: 'shop', selectors: [{ match: { 'kuma.io/service': 'catalogue' } }], conf });
    await until('web knows the name', async () => (await web.curl('http://www.catalogue.mesh:8443')).includes('catalogue-1'));
    expect(JSON.parse(await web.curl('-6', 'http://www.catalogue.mesh:8443'))).toMatchObject({ name: 'catalogue-1', client: expect.stringContaining('URI=spiffe://default/web') as unknown });
  });

  it('reach themselves and their own host without the proxy', async () => {
    expect(JSON.parse(await web.curl(`http://127.0.0.1:${PORT}`))).toMatchObject({ name: 'web-1' });
    expect(JSON.parse(await web.curl(`http://${address(web)}:${PORT}`))).toMatchObject({ name: 'web-1' });
  });

  it('reach the world outside through the proxy, until passthrough is off', async () => {
    for (const family of ['ipv4', 'ipv6'] as const) expect(JSON.parse(await web.curl(outsideUrl(80, family)))).toMatchObject({ name: 'outside' });
    expect(await web.proxy.admin('/stats?filter=passthrough.*upstream_cx_total')).toMatch(/outbound.passthrough.ipv4.*upstream_cx_total: [1-9]/);
    const mtls = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };
    await mesh.put({ type: 'Mesh', name: 'default', mtls, networking: { outbound: { passthrough: false } } });
    await until('passthrough is off', async () => (await web.curl(outsideUrl(80))).startsWith('curl '));
    expect(await web.curl(outsideUrl(80, 'ipv6'))).toMatch(/^curl (52|56):/);
    expect(JSON.parse(await web.curl(outsideUrl(3306)))).toMatchObject({ name: 'outside' });
    expect(JSON.parse(await web.curl('http://catalogue.mesh'))).toMatchObject({ name: 'catalogue-1' });
    await mesh.put({ type: 'Mesh', name: 'default', mtls, networking: { outbound: { passthrough: true } } });
    await until('passthrough is on', async () => (await web.curl(outsideUrl(80))).includes('outside'));
  });

  it('are reached by members of the mesh alone, except on excluded ports', async () => {
    await serve(catalogue.namespace, 'excluded', 9000);
    await serve(catalogue.namespace, 'undeclared', 9001);
    const fromOutside = async (port: number): Promise<string> => (await outside.run(['curl', '--silent', '--max-time', '10', `http://${address(catalogue)}:${port}`])).stdout;
    expect(await fromOutside(PORT)).toBe('');
    expect(await fromOutside(9001)).toBe('');
    expect(JSON.parse(await fromOutside(9000))).toMatchObject({ name: 'excluded' });
  });

  it('let the control plane look into their Envoys', async () => {
    for (const proxy of ['web-1', 'catalogue-1']) expect(await mesh.api.getText(`/meshes/default/dataplanes/${proxy}/clusters`)).toContain('kuma:envoy:admin::');
    expect((await curl(outside, '--insecure', `https://${address(web)}:9901/config_dump`)).slice(0, 4)).toBe('curl');
  });

  it('hear that a name does not exist, and of a new one once its service does; one may start before its proxy', async () => {
    expect(await web.curl('http://stock.mesh')).toMatch(/^curl 6:/);
    const early: string[] = [];
    const stock = await RedirectedHost.start(mesh, network, {
      name: 'stock-1', service: 'stock', port: PORT,
      beforeProxy: async (namespace) => { early.push(await curl(namespace, outsideUrl(80)), await curl(outside, `http://${namespace.addresses.ipv4 ?? ''}:${PORT}`)); },
    });
    // Neither out nor in past the proxy while there is none.
    expect(early.map((answer) => answer.slice(0, 7))).toEqual(['curl 7:', 'curl 7:']);
    expect(JSON.parse(await stock.curl('http://catalogue.mesh'))).toMatchObject({ name: 'catalogue-1', client: expect.stringContaining('URI=spiffe://default/stock') });
    await until('web knows the stock by name', async () => (await web.curl('http://stock.mesh')).includes('stock-1'));
  });
});
