import { NamespaceNetwork } from '@weft/net-namespace';
import { withoutNamespaces } from '@weft/net-namespace/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestMesh, until } from '../harness/test-mesh.ts';
import { RedirectedHost } from './redirected-host.ts';

/** Hosts without IPv4, and virtual addresses of IPv6. */
describe.skipIf(await withoutNamespaces())('redirection on hosts with IPv6 alone', () => {
  let mesh: TestMesh;
  let network: NamespaceNetwork;

  beforeAll(async () => {
    network = await NamespaceNetwork.create();
    mesh = await TestMesh.start({ mtls: 'STRICT', env: { WEFT_DP_SERVER_INTERFACE: '::', WEFT_DNS_SERVER_CIDR: 'fd00:fd00::/64' } });
    await mesh.allowAll();
  });
  afterAll(async () => {
    await (mesh as TestMesh | undefined)?.close();
    await network.close();
  });

  it('carries calls by name over mTLS', async () => {
    await RedirectedHost.start(mesh, network, { name: 'catalogue-1', service: 'catalogue', port: 8080, families: ['ipv6'] });
    const web = await RedirectedHost.start(mesh, network, { name: 'web-1', service: 'web', port: 8080, families: ['ipv6'] });
    await until('web knows the catalogue by name', async () => (await web.curl('http://catalogue.mesh')).includes('catalogue-1'));
    expect(JSON.parse(await web.curl('http://catalogue.mesh'))).toMatchObject({ name: 'catalogue-1', client: expect.stringContaining('URI=spiffe://default/web') });
    expect(await mesh.api.getText('/meshes/default/dataplanes/web-1/clusters')).toContain('kuma:envoy:admin::');
  });
});
