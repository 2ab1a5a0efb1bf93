import { NamespaceNetwork } from '@weft/net-namespace';
import { withoutNamespaces } from '@weft/net-namespace/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StockBinaries } from '../harness/stock-binaries.ts';
import { TestMesh, until } from '../harness/test-mesh.ts';
import { RedirectedHost } from './redirected-host.ts';

const PORT = 8080;

/** `kuma-dp` beside unmodified apps: its embedded DNS learns names over the dynamic-configuration socket. The stock one where `KUMA_BIN` names it, else ours under that name. */
describe.skipIf(await withoutNamespaces())('kuma-dp under redirection', () => {
  const stock = StockBinaries.given() ?? StockBinaries.ours();
  let mesh: TestMesh;
  let network: NamespaceNetwork;
  let web: RedirectedHost;

  beforeAll(async () => {
    network = await NamespaceNetwork.create();
    mesh = await TestMesh.start({ mtls: 'STRICT', env: { WEFT_DP_SERVER_INTERFACE: '::' } });
    await mesh.allowAll();
    const agent = { program: stock.path('kuma-dp'), flags: [], env: { KUMA_DNS_PROXY_PORT: '15053' } };
    await RedirectedHost.start(mesh, network, { name: 'catalogue-1', service: 'catalogue', port: PORT, agent });
    web = await RedirectedHost.start(mesh, network, { name: 'web-1', service: 'web', port: PORT, agent });
  });
  afterAll(async () => {
    await (mesh as TestMesh | undefined)?.close();
    await network.close();
    stock.remove();
  });

  it('carries calls by name over mTLS', async () => {
    await until('web reaches the catalogue by name', async () => (await web.curl('http://catalogue.mesh')).includes('catalogue-1'));
    expect(JSON.parse(await web.curl(`http://catalogue.mesh:${PORT}`))).toMatchObject({ name: 'catalogue-1', client: expect.stringContaining('URI=spiffe://default/web') });
    expect(await web.curl('http://nobody.mesh')).toMatch(/^curl 6:/);
  });
});
