import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpApp, httpGet } from '../harness/http-app.ts';
import { call, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, type TestProxy } from '../harness/test-mesh.ts';
import { startEgress, startIngress } from '../harness/zone-proxies.ts';
import { TestZones } from '../harness/zones.ts';

const LATER = { timeout: 60_000, interval: 200 };
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };
const EAST = '127.0.66';
const WEST = '127.0.67';

/** `partner` lies outside the mesh, and only zone east leads there; `web` and `stranger` are in west. */
describe('an ExternalService that is bound to another zone', () => {
  let zones: TestZones;
  let partner: HttpApp;
  let egress: Readonly<Record<'east' | 'west', TestProxy>>;
  let web: Endpoint;
  let stranger: Endpoint;

  const permit = (service: string): Promise<void> => zones.global.put({ type: 'MeshTrafficPermission', name: 'partner', spec: { targetRef: { kind: 'MeshService', name: 'partner' }, from: [{ targetRef: { kind: 'MeshService', name: service }, default: { action: 'Allow' } }] } });
  const statusOf = async (from: Endpoint): Promise<number> => (await httpGet(urlOf(from))).status;

  beforeAll(async () => {
    zones = await TestZones.start({ zones: ['east', 'west'] });
    const { global } = zones;
    await global.put({ type: 'Mesh', name: 'default', mtls: MTLS, routing: { zoneEgress: true } });
    const [port = 0] = await freePorts(1);
    partner = await HttpApp.listen({ name: 'partner', host: `${EAST}.1`, port });
    await permit('web');
    await global.put({ type: 'ExternalService', name: 'partner', networking: { address: `${EAST}.1:${port}` }, tags: { 'kuma.io/service': 'partner', 'kuma.io/protocol': 'http', 'kuma.io/zone': 'east' } });
    await startIngress(zones, { zone: 'east', name: 'in', address: `${EAST}.2` });
    const [east, west] = [await startEgress(zones, { zone: 'east', name: 'out-east', address: `${EAST}.3` }), await startEgress(zones, { zone: 'west', name: 'out-west', address: `${WEST}.3` })];
    egress = { east: east.proxy, west: west.proxy };
    const { plane } = zones.zone('west');
    const at = async (name: string, address: string): Promise<Endpoint> => (await call(plane, { name, address }, ['partner'])).outbounds[0] ?? { host: address, port: 0 };
    [web, stranger] = [await at('web', `${WEST}.1`), await at('stranger', `${WEST}.2`)];
  });
  afterAll(async () => {
    await zones.close();
    await partner.close();
  });

  it('is called by way of both egresses and the ingress between them', async () => {
    await expect.poll(() => statusOf(web), LATER).toBe(200);
    expect((await httpGet(urlOf(web))).body).toBe('partner');
    const used = (proxy: TestProxy, counter: string): Promise<string> => proxy.admin(`/stats?filter=cluster.default_partner.${counter}`);
    // The first one passes on what it cannot read; requests are seen by the second one only.
    expect(await used(egress.west, 'upstream_cx_total')).toMatch(/: [1-9]/);
    expect(await used(egress.west, 'upstream_rq_completed')).not.toMatch(/: [1-9]/);
    expect(await used(egress.east, 'upstream_rq_completed')).toMatch(/: [1-9]/);
  });

  it('is open to whom a permission allows it, as the egress of that zone sees', async () => {
    await expect.poll(() => statusOf(stranger), LATER).toBe(403);
    await permit('stranger');
    await expect.poll(() => Promise.all([statusOf(stranger), statusOf(web)]), LATER).toEqual([200, 403]);
    await permit('web');
    await expect.poll(() => statusOf(web), LATER).toBe(200);
  });

  it('is reached while both control planes of the zones and the global one are away', async () => {
    await Promise.all([zones.global.stopPlane(), ...['east', 'west'].map((name) => zones.zone(name).plane.stopPlane())]);
    expect(await statusOf(web)).toBe(200);
  });
});
