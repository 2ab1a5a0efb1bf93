import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CutLink } from '../harness/cut-link.ts';
import { HttpApp, httpGet, httpMany } from '../harness/http-app.ts';
import { MeshCaller } from '../harness/mesh-caller.ts';
import { urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, until, type TestProxy } from '../harness/test-mesh.ts';
import { TestZones } from '../harness/zones.ts';

const LATER = { timeout: 60_000, interval: 200 };
const MTLS = { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] } };
const EXCLUSIVE = { meshServices: { mode: 'Exclusive' } };
const IDENTITY = { selector: { dataplane: { matchLabels: {} } }, provider: { type: 'Bundled', bundled: { autogenerate: { enabled: true }, insecureAllowSelfSigned: true } } };
const CALLER = 'spiffe://new.west.mesh.local/workload/web';

/**
 * Mesh `tags` is called by tag, `services` by MeshServices, both with a CA of the mesh; `new` has a CA in each zone. In each, `backend` is in
 * east and `web` in west; all enter east by the same ingress, at an address that is not its own.
 */
describe('meshes that share an ingress', () => {
  let zones: TestZones;
  let gate: CutLink;
  let port: number;
  const apps = new Map<string, HttpApp>();
  const clients = new Map<string, { readonly proxy: TestProxy; readonly backend: Endpoint }>();

  const write = (mesh: string, type: string, name: string, spec: object): Promise<unknown> => zones.global.api.put(`/meshes/${mesh}/${plural(type)}/${name}`, { type, mesh, name, spec });
  const plural = (type: string): string => `${type.toLowerCase().replace(/y$/, 'ie')}s`;
  const client = (name: string): { readonly proxy: TestProxy; readonly backend: Endpoint } => {
    const found = clients.get(name);
    if (found === undefined) throw new Error(`no client ${name}`);
    return found;
  };
  const ask = async (name: string): Promise<string> => httpGet(urlOf(client(name).backend)).then(({ status, body }) => (status === 200 ? body : String(status)));
  const answered = (name: string, by: string): Promise<void> => expect.poll(() => ask(name), LATER).toBe(by);
  /** Who the application of a mesh was told that it is, and who called. */
  const lastCall = (mesh: string): string => String(apps.get(mesh)?.requests.at(-1)?.headers['x-forwarded-client-cert']);
  /** What a client says in TLS. */
  const says = async (name: string): Promise<string> => client(name).proxy.admin('/config_dump?resource=dynamic_active_clusters');
  const has = async (zone: string, mesh: string): Promise<void> => until(`zone ${zone} has mesh ${mesh}`, () => zones.zone(zone).plane.api.issueToken('dataplane', { mesh, name: 'any', validFor: '1m' }).then(() => true, () => false));

  const startBackend = async (mesh: string, address: string): Promise<void> => {
    const [appPort = 0] = await freePorts(1);
    apps.set(mesh, await HttpApp.listen({ name: mesh, host: '127.0.0.1', port: appPort }));
    await has('east', mesh);
    await zones.zone('east').plane.startProxy({ name: `backend-${mesh}`, mesh, labels: { 'kuma.io/workload': 'backend' }, networking: { address, inbound: [{ port, servicePort: appPort, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'backend', 'kuma.io/protocol': 'http' } }] } });
  };
  const startClient = async (mesh: string, name: string, address: string): Promise<void> => {
    const [own = 0, outbound = 0] = await freePorts(2);
    const to = mesh === 'tags' ? { tags: { 'kuma.io/service': 'backend' } } : { backendRef: { kind: 'MeshService', labels: { 'kuma.io/display-name': 'backend', 'kuma.io/zone': 'east' }, port } };
    await has('west', mesh);
    const proxy = await zones.zone('west').plane.startProxy({ name: `${name}-${mesh}`, mesh, labels: { 'kuma.io/workload': name }, networking: { address, inbound: [{ port: own, tags: { 'kuma.io/service': name } }], outbound: [{ address, port: outbound, ...to }] } });
    clients.set(`${name} of ${mesh}`, { proxy, backend: { host: address, port: outbound } });
  };

  beforeAll(async () => {
    zones = await TestZones.start({ zones: ['east', 'west'] });
    const { api } = zones.global;
    const everyone = { from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Allow' } }] };
    for (const [mesh, spec] of Object.entries({ tags: MTLS, services: { ...MTLS, ...EXCLUSIVE }, new: EXCLUSIVE })) await api.put(`/meshes/${mesh}`, { type: 'Mesh', name: mesh, ...spec });
    for (const mesh of ['tags', 'services']) await write(mesh, 'MeshTrafficPermission', 'all', everyone);
    await write('new', 'MeshTrafficPermission', 'web-only', { rules: [{ default: { allow: [{ spiffeID: { type: 'Exact', value: CALLER } }] } }] });
    await write('new', 'MeshIdentity', 'main', IDENTITY);
    const [inbound = 0, inner = 0] = await freePorts(2);
    port = inbound;
    gate = await CutLink.start(() => inner);
    await zones.zone('east').plane.startProxy({
      name: 'gate', zoneProxy: 'ingress', networking: { address: '127.0.0.1', port: inner, advertisedAddress: '127.0.0.1', advertisedPort: gate.port },
      token: await api.issueToken('zone', { zone: 'east', scope: ['ingress'], validFor: '1h' }),
    });
    await Promise.all(['tags', 'services', 'new'].map(async (mesh, at) => {
      await startBackend(mesh, `127.0.37.${at + 1}`);
      await startClient(mesh, 'web', `127.0.38.${at + 1}`);
    }));
    await startClient('new', 'stranger', '127.0.38.9');
  });
  afterAll(async () => {
    await zones.close();
    await gate.close();
    await Promise.all([...apps.values()].map((app) => app.close()));
  });

  it('are each reached at its advertised address, and named in TLS by tags or by hash', async () => {
    await answered('web of tags', 'tags');
    await answered('web of services', 'services');
    expect(gate.bytes).toBeGreaterThan(0);
    expect(await says('web of tags')).toContain('"backend{mesh=tags}"');
    expect(await says('web of services')).toMatch(new RegExp(`"sni": "a[0-9a-f]{16}\\.backend\\.${port}\\.services\\.ms"`));
    for (const mesh of ['tags', 'services']) expect(lastCall(mesh)).toMatch(new RegExp(`^By=spiffe://${mesh}/backend;.*;URI=spiffe://${mesh}/web;`));
  });

  it('have a CA each: whoever is of one is a stranger in the other', async () => {
    const caller = await MeshCaller.of(zones.global.api, 'services', 'web');
    const place = { host: '127.0.0.1', port: gate.port };
    const before = apps.get('tags')?.requests.length;
    expect((await caller.ask(place, 'backend{mesh=tags}')).text).toBe('');
    expect(apps.get('tags')?.requests.length).toBe(before);
    const own = await MeshCaller.of(zones.global.api, 'tags', 'web');
    expect((await own.ask(place, 'backend{mesh=tags}')).text).toMatch(/tags$/);
  });

  it('zones with a CA each do not believe each other, until a MeshTrust says of both', async () => {
    await answered('web of new', '503');
    const { api } = zones.global;
    interface Trusts { readonly items: readonly { readonly labels: Readonly<Record<string, string>>; readonly spec: { readonly trustDomain: string } }[] }
    const trusts = async (): Promise<Trusts['items']> => ((await api.getJson('/meshes/new/meshtrusts')) as unknown as Trusts).items.filter(({ labels }) => labels['kuma.io/origin'] === 'zone');
    await expect.poll(async () => (await trusts()).map(({ spec }) => spec.trustDomain).sort(), LATER).toEqual(['new.east.mesh.local', 'new.west.mesh.local']);
    expect(apps.get('new')?.requests).toEqual([]);
    for (const { labels, spec } of await trusts()) await write('new', 'MeshTrust', `of-${labels['kuma.io/zone'] ?? ''}`, spec);
    await answered('web of new', 'new');
    expect(lastCall('new')).toMatch(new RegExp(`^By=spiffe://new\\.east\\.mesh\\.local/workload/backend;.*;URI=${CALLER}$`));
  });

  it('a MeshIdentity that is not permitted is refused by the sidecar in the other zone', async () => {
    await answered('stranger of new', '403');
    const { caller } = await MeshCaller.ofDomain('nobody.test');
    const sni = /"sni": "(a[0-9a-f]{16}\.backend\.\d+\.new\.ms)"/.exec(await says('web of new'))?.[1] ?? '';
    expect((await caller.ask({ host: '127.0.0.1', port: gate.port }, sni)).text).toBe('');
    expect(apps.get('new')?.requests.every(({ headers }) => String(headers['x-forwarded-client-cert']).endsWith(CALLER))).toBe(true);
  });

  it('where the mesh has an address of its own, the zone is entered there and services are named by KRI', async () => {
    const [way = 0] = await freePorts(1);
    const { plane } = zones.zone('east');
    const entrance = await plane.startProxy({ name: 'entrance', mesh: 'new', labels: { 'kuma.io/workload': 'entrance' }, networking: { address: '127.0.37.9', listeners: [{ type: 'ZoneIngress', name: 'in', port: way }] } });
    await plane.api.put('/meshes/new/meshzoneaddresses/entrance', { type: 'MeshZoneAddress', mesh: 'new', name: 'entrance', labels: { 'kuma.io/origin': 'zone' }, spec: { address: '127.0.37.9', port: way } });
    await expect.poll(() => says('web of new'), LATER).toContain(`"sni.msvc.new.east.backend.${port}"`);
    await answered('web of new', 'new');
    expect(await entrance.admin('/stats?filter=upstream_cx_total')).toMatch(/msvc_new_east.*_backend_.*upstream_cx_total: [1-9]/);
    await answered('stranger of new', '403');
    gate.cut();
    await answered('web of tags', '503');
    expect((await httpMany(urlOf(client('web of new').backend), 20)).every(({ status, body }) => status === 200 && body === 'new')).toBe(true);
    gate.heal();
    await answered('web of tags', 'tags');
  });
});
