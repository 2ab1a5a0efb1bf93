import { NamespaceNetwork } from '@weft/net-namespace';
import { withoutNamespaces } from '@weft/net-namespace/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpApp } from '../harness/http-app.ts';
import { serve } from '../harness/placed-workload.ts';
import { freePorts, until, type TestProxy } from '../harness/test-mesh.ts';
import { startEgress, startIngress } from '../harness/zone-proxies.ts';
import { TestZones } from '../harness/zones.ts';
import { RedirectedHost } from './redirected-host.ts';

const PORT = 8080;
/** Three control planes, four proxies and a namespace, one after the other. */
const START_MS = 240_000;
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };

/** `backend` (http) and `raw` (tcp) are in east, `web` in west: an app in a namespace of its own, which knows names only. */
describe.skipIf(await withoutNamespaces())('an unmodified app finds services of another zone', () => {
  let zones: TestZones;
  let network: NamespaceNetwork;
  let web: RedirectedHost;
  let ingress: TestProxy;
  let egress: TestProxy;
  const apps: HttpApp[] = [];

  const reaches = (url: string, who: string): Promise<void> => until(`${url} leads to ${who}`, async () => (await web.curl(url)) === who);
  const startApp = async (name: string, host = '127.0.0.1'): Promise<number> => {
    const [port = 0] = await freePorts(1);
    apps.push(await HttpApp.listen({ name, host, port }));
    return port;
  };

  beforeAll(async () => {
    network = await NamespaceNetwork.create();
    zones = await TestZones.start({ zones: ['east', 'west'], env: { zone: { WEFT_DP_SERVER_INTERFACE: '::' } } });
    const { global } = zones;
    await global.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Everywhere' }, mtls: MTLS });
    await global.allowAll();
    await global.put({ type: 'MeshMultiZoneService', name: 'backend', spec: { selector: { meshService: { matchLabels: { 'kuma.io/display-name': 'backend' } } }, ports: [{ port: PORT, appProtocol: 'http' }] } });
    const { plane } = zones.zone('east');
    await serve(plane, { name: 'backend-1', service: 'backend', address: '127.0.41.1', port: PORT }, await startApp('backend'));
    await serve(plane, { name: 'raw-1', service: 'raw', protocol: 'tcp', address: '127.0.41.2', port: PORT }, await startApp('raw'));
    ingress = (await startIngress(zones, { zone: 'east', name: 'in', address: network.host.ipv4 })).proxy;
    web = await RedirectedHost.start(zones.zone('west').plane, network, { name: 'web-1', service: 'web', port: PORT });
  }, START_MS);
  afterAll(async () => {
    await (zones as TestZones | undefined)?.close();
    await Promise.all(apps.map((app) => app.close()));
    await network.close();
  });

  it('by the name of the zone\'s MeshService, of the MeshMultiZoneService, and by tag', async () => {
    await reaches(`http://backend.svc.east.mesh.local:${PORT}`, 'backend');
    await reaches(`http://raw.svc.east.mesh.local:${PORT}`, 'raw');
    await reaches(`http://backend.mzsvc.mesh.local:${PORT}`, 'backend');
    await reaches('http://backend.mesh', 'backend');
    await reaches('http://raw.mesh', 'raw');
    expect(await web.curl(`http://backend.svc.west.mesh.local:${PORT}`)).toMatch(/^curl 6:/);
    expect(await ingress.admin('/stats?filter=cluster.*backend.*upstream_cx_total')).toMatch(/: [1-9]/);
  });

  it('and servers outside the mesh, by way of its zone\'s egress, which all zones know by one name', async () => {
    const port = await startApp('outside', network.host.ipv4);
    await zones.global.put({ type: 'MeshExternalService', name: 'payments', spec: { match: { type: 'HostnameGenerator', port: 80, protocol: 'http' }, endpoints: [{ address: network.host.ipv4, port }] } });
    egress = (await startEgress(zones, { zone: 'west', name: 'out', address: network.host.ipv4 })).proxy;
    await reaches('http://payments.extsvc.mesh.local', 'outside');
    expect(await egress.admin('/stats?filter=payments.*upstream_rq_completed')).toMatch(/: [1-9]/);
  });
});
