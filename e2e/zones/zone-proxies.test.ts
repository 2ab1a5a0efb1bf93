import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpApp, httpGet } from '../harness/http-app.ts';
import { serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, until } from '../harness/test-mesh.ts';
import { startIngress } from '../harness/zone-proxies.ts';
import { TestZones } from '../harness/zones.ts';

const LATER = { timeout: 60_000, interval: 200 };
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };

/** `backend` is in east, which two ingresses lead to; `web` in west calls it, without retries. */
describe('ingresses that come and go', () => {
  let zones: TestZones;
  let app: HttpApp;
  let backend: Endpoint;

  beforeAll(async () => {
    zones = await TestZones.start({ zones: ['east', 'west'] });
    await zones.global.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Everywhere' }, mtls: MTLS });
    await zones.global.allowAll();
    await zones.global.delete('MeshRetry', 'mesh-retry-all-default');
    const [appPort = 0, port = 0, own = 0, outbound = 0] = await freePorts(4);
    app = await HttpApp.listen({ name: 'east', host: '127.0.0.1', port: appPort });
    await serve(zones.zone('east').plane, { name: 'backend', address: '127.0.33.1', port }, appPort);
    for (const [name, address] of [['in-1', '127.0.33.2'], ['in-2', '127.0.33.3']] as const) await startIngress(zones, { zone: 'east', name, address });
    const address = '127.0.34.1';
    backend = { host: address, port: outbound };
    await zones.zone('west').plane.startProxy({
      name: 'web',
      networking: { address, inbound: [{ port: own, tags: { 'kuma.io/service': 'web' } }], outbound: [{ address, port: outbound, backendRef: { kind: 'MeshService', labels: { 'kuma.io/display-name': 'backend', 'kuma.io/zone': 'east' }, port } }] },
    });
    await until('the other zone is reached', async () => (await httpGet(urlOf(backend))).body === 'east');
  });
  afterAll(async () => {
    await zones.close();
    await app.close();
  });

  it('one of two leaves: others are told first, and no request is lost', async () => {
    const traffic = new SteadyTraffic(urlOf(backend), { workers: 2 });
    await until('requests flow', async () => traffic.sent > 100);
    await zones.zone('east').plane.stopProxy('in-1');
    const seen = traffic.sent;
    await until('requests go on', async () => traffic.sent > seen + 200);
    expect(await traffic.stop()).toEqual([]);
    expect(await zones.zone('west').plane.api.getJson('/zoneingresses')).not.toMatchObject({ items: [{ networking: { advertisedAddress: '127.0.33.2' } }] });
  });

  it('another one comes, the first one ends, and the way in is the new one', async () => {
    await startIngress(zones, { zone: 'east', name: 'in-3', address: '127.0.33.4' });
    await zones.zone('east').plane.stopProxy('in-2');
    await expect.poll(async () => (await httpGet(urlOf(backend))).body, LATER).toBe('east');
  });

  it('a mesh of MeshServices and identities is entered by a listener on a Dataplane, at its MeshZoneAddress', async () => {
    const { api } = zones.global;
    const write = (type: string, name: string, plural: string, spec: object): Promise<unknown> => api.put(`/meshes/new/${plural}/${name}`, { type, mesh: 'new', name, spec });
    await api.put('/meshes/new', { type: 'Mesh', name: 'new', meshServices: { mode: 'Exclusive' } });
    await write('MeshTrafficPermission', 'all', 'meshtrafficpermissions', { from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Allow' } }] });
    await write('MeshIdentity', 'main', 'meshidentities', { selector: { dataplane: { matchLabels: {} } }, provider: { type: 'Bundled', bundled: { autogenerate: { enabled: true }, insecureAllowSelfSigned: true } } });
    // Each zone has a CA of its own; the global control plane tells all of them of each.
    interface Trusts { readonly items: readonly { readonly labels: Readonly<Record<string, string>>; readonly spec: object }[] }
    const trusts = async (): Promise<Trusts['items']> => ((await api.getJson('/meshes/new/meshtrusts')) as unknown as Trusts).items.filter(({ labels }) => labels['kuma.io/origin'] === 'zone');
    await expect.poll(async () => (await trusts()).length, LATER).toBe(2);
    for (const { labels, spec } of await trusts()) await write('MeshTrust', `of-${labels['kuma.io/zone'] ?? ''}`, 'meshtrusts', spec);

    const [appPort = 0, port = 0, way = 0, own = 0, outbound = 0] = await freePorts(5);
    const workload = (name: string) => ({ name, mesh: 'new', labels: { 'kuma.io/workload': name } });
    const east = zones.zone('east').plane;
    const hello = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
    try {
      await until('zone east has the mesh', () => east.api.issueToken('dataplane', { mesh: 'new', name: 'any', validFor: '1m' }).then(() => true, () => false));
      await east.startProxy({ ...workload('backend-new'), networking: { address: '127.0.33.5', inbound: [{ port, servicePort: appPort, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'backend', 'kuma.io/protocol': 'http' } }] } });
      await east.startProxy({ ...workload('entrance'), networking: { address: '127.0.33.6', listeners: [{ type: 'ZoneIngress', name: 'in', port: way }] } });
      await east.api.put('/meshes/new/meshzoneaddresses/entrance', { type: 'MeshZoneAddress', mesh: 'new', name: 'entrance', labels: { 'kuma.io/origin': 'zone' }, spec: { address: '127.0.33.6', port: way } });
      const address = '127.0.34.2';
      const web = await zones.zone('west').plane.startProxy({
        ...workload('web-new'),
        networking: { address, inbound: [{ port: own, tags: { 'kuma.io/service': 'web' } }], outbound: [{ address, port: outbound, backendRef: { kind: 'MeshService', labels: { 'kuma.io/display-name': 'backend', 'kuma.io/zone': 'east' }, port } }] },
      });
      await expect.poll(async () => (await httpGet(`http://${address}:${outbound}`)).body, LATER).toBe('hello');
      expect(await web.admin('/config_dump')).toContain(`sni.msvc.new.east.backend.${port}`);
    } finally {
      await hello.close();
    }
  });
});
