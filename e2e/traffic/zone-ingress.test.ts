import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpApp } from '../harness/http-app.ts';
import { MeshCaller, type MeshAnswer } from '../harness/mesh-caller.ts';
import { serve, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';
import { Weftctl } from '../harness/weftctl.ts';

const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };
const ADDRESS = '127.0.21.9';

/** `backend` with two instances in mesh `default`, and one in mesh `shop`; clients come from outside by way of one ingress. */
describe('a zone ingress', () => {
  let plane: TestMesh;
  let gate: Endpoint;
  let ingress: TestProxy;
  /** Of the inbounds of `backend`: one port of a MeshService. */
  let backendPort: number;
  const apps: HttpApp[] = [];
  const callers = new Map<string, MeshCaller>();

  const app = async (name: string): Promise<number> => {
    const [port = 0] = await freePorts(1);
    apps.push(await HttpApp.listen({ name, host: '127.0.0.1', port }));
    return port;
  };
  const ask = async (mesh: string, sni: string): Promise<MeshAnswer> => {
    const caller = callers.get(mesh);
    if (caller === undefined) throw new Error(`nobody of mesh ${mesh}`);
    return caller.ask(gate, sni);
  };
  const says = async (mesh: string, sni: string, body: string): Promise<boolean> => (await ask(mesh, sni)).text.split('\r\n').includes(body);
  const offered = async (): Promise<unknown> => (await plane.api.getJson('/zoneingresses/gate'))['availableServices'];

  beforeAll(async () => {
    plane = await TestMesh.start({ env: { WEFT_XDS_DATAPLANE_DEREGISTRATION_DELAY: '1s' } });
    await plane.allowAll();
    await plane.api.put('/meshes/shop', { type: 'Mesh', name: 'shop', mtls: MTLS });
    await plane.api.put('/meshes/shop/meshtrafficpermissions/all', { type: 'MeshTrafficPermission', mesh: 'shop', name: 'all', spec: { from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Allow' } }] } });
    const [port = 0, inbound = 0] = await freePorts(2);
    backendPort = inbound;
    gate = { host: ADDRESS, port };
    ingress = await plane.startProxy({ name: 'gate', zoneProxy: 'ingress', networking: { address: ADDRESS, port }, token: await plane.api.issueToken('zone', { zone: 'default', scope: ['ingress'], validFor: '1h' }) });
  });
  afterAll(async () => {
    await plane.close();
    await Promise.all(apps.map((one) => one.close()));
  });

  it('with nothing to offer says who it is', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(gate.port, gate.host);
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
    });
    expect(JSON.parse(answer)).toEqual({ proxy: '.gate', zone: 'default' });
  });

  it('leads to the sidecar of the service, and sees nothing of what is said', async () => {
    await serve(plane, { name: 'backend-1', service: 'backend', address: '127.0.21.1', port: backendPort, tags: { version: 'v1' } }, await app('v1'));
    await until('the ingress offers the service', async () => JSON.stringify((await offered()) ?? []).includes('"kuma.io/service":"backend"'));
    callers.set('default', await MeshCaller.of(plane.api, 'default', 'web'));
    await until('a call arrives', () => says('default', 'backend{mesh=default}', 'v1'));
    const { server } = await ask('default', 'backend{mesh=default}');
    expect(server).toContain('spiffe://default/backend');
    const dump = await ingress.admin('/config_dump');
    expect(dump).toContain('default:backend');
    expect(dump).not.toContain('spiffe://');
    expect((await ask('default', 'other{mesh=default}')).text).toBe('');
  });

  it('tells apart what routes tell apart', async () => {
    await serve(plane, { name: 'backend-2', service: 'backend', address: '127.0.21.2', port: backendPort, tags: { version: 'V2' } }, await app('v2'));
    const to = (version: string): object => ({ kind: 'MeshServiceSubset', name: 'backend', tags: { version }, weight: 1 });
    await plane.put({ type: 'MeshTCPRoute', name: 'split', spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, rules: [{ default: { backendRefs: [to('v1'), to('V2')] } }] }] } });
    await until('the second instance is called by its tag', () => says('default', 'backend{mesh=default,version=V2}', 'v2'));
    for (let n = 0; n < 8; n++) expect(await says('default', `backend{mesh=default,version=${n % 2 === 0 ? 'V2' : 'v1'}}`, n % 2 === 0 ? 'v2' : 'v1')).toBe(true);
    await plane.stopProxy('backend-2');
    await plane.delete('MeshTCPRoute', 'split');
    await until('only one way is left', async () => (await ask('default', 'backend{mesh=default,version=V2}')).text === '');
  });

  it('serves meshes with CAs of their own side by side, each with its own clients', async () => {
    const [inbound = 0] = await freePorts(1);
    const shopApp = await app('shop');
    await plane.startProxy({ name: 'backend-shop', mesh: 'shop', networking: { address: '127.0.21.3', inbound: [{ port: inbound, servicePort: shopApp, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'backend', 'kuma.io/protocol': 'http' } }] } });
    callers.set('shop', await MeshCaller.of(plane.api, 'shop', 'web'));
    await until('a call arrives in the other mesh', () => says('shop', 'backend{mesh=shop}', 'shop'));
    expect((await ask('shop', 'backend{mesh=shop}')).server).toContain('spiffe://shop/backend');
    expect(await says('default', 'backend{mesh=default}', 'v1')).toBe(true);
    // The CA of the other mesh is nobody's here.
    expect((await ask('default', 'backend{mesh=shop}')).text).toBe('');
  });

  it('knows MeshServices by their hash, and goes on while the control plane is away', async () => {
    await plane.put({ type: 'Mesh', name: 'default', mtls: MTLS, meshServices: { mode: 'Exclusive' } });
    await until('nothing is offered by tag any more', async () => !JSON.stringify((await offered()) ?? []).includes('"mesh":"default"'));
    let sni = '';
    await until('the MeshService is offered', async () => {
      sni = /a[0-9a-f]{16}\.backend\.\d+\.default\.ms/.exec(await ingress.admin('/config_dump'))?.[0] ?? '';
      return sni !== '';
    });
    await until('a call arrives', () => says('default', sni, 'v1'));
    await plane.stopPlane();
    expect(await says('default', sni, 'v1')).toBe(true);
    await plane.startPlane();
  });

  it('is shown by inspection, and looked into through the control plane', async () => {
    const { items } = (await plane.api.getJson('/zoneingresses/_overview')) as unknown as { items: { name: string; zoneIngressInsight?: { subscriptions: { disconnectTime?: string }[] } }[] };
    expect(items).toMatchObject([{ name: 'gate' }]);
    await until('it is online', async () => JSON.stringify(((await plane.api.getJson('/zoneingresses/_overview')) as { items?: unknown }).items).includes('connectTime'));
    await until('its Envoy answers', async () => (await plane.api.getText('/zoneingresses/gate/clusters')).includes('backend'));
    const weftctl = await Weftctl.of(`http://127.0.0.1:${plane.ports.api}`);
    expect((await weftctl.run('inspect', 'zoneingresses')).out).toMatch(/^gate +Online/m);
    expect((await weftctl.run('inspect', 'zoneingress', 'gate', '--type', 'stats')).out).toContain('cluster.default_backend__default_msvc_');
    weftctl.close();
    await plane.stopProxy('gate');
    await until('it is deregistered', async () => JSON.stringify(await plane.api.getJson('/zoneingresses')).includes('"total":0'));
  });
});

/** A mesh of MeshServices and identities; `entrance` is a Dataplane whose listener leads in. */
it('a listener on a Dataplane leads to MeshServices by KRI, for whoever the mesh trusts', async () => {
  const plane = await TestMesh.start({ mtls: 'off' });
  const [appPort = 0, inbound = 0, port = 0] = await freePorts(3);
  const app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
  try {
    await plane.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Exclusive' } });
    await plane.allowAll();
    await plane.api.put('/meshes/default/meshidentities/main', { type: 'MeshIdentity', mesh: 'default', name: 'main', spec: { selector: { dataplane: { matchLabels: {} } }, provider: { type: 'Bundled', bundled: { autogenerate: { enabled: true }, insecureAllowSelfSigned: true } } } });
    const { caller, caPem } = await MeshCaller.ofDomain('west.test');
    await plane.api.put('/meshes/default/meshtrusts/west', { type: 'MeshTrust', mesh: 'default', name: 'west', spec: { trustDomain: 'west.test', caBundles: [{ type: 'Pem', pem: { value: caPem } }] } });
    const workload = (name: string) => ({ name, labels: { 'kuma.io/workload': name } });
    await plane.startProxy({ ...workload('backend'), networking: { address: '127.0.21.4', inbound: [{ port: inbound, servicePort: appPort, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'backend', 'kuma.io/protocol': 'http' } }] } });
    const entrance = await plane.startProxy({ ...workload('entrance'), networking: { address: '127.0.21.5', listeners: [{ type: 'ZoneIngress', name: 'ingress', port }] } });
    const sni = `sni.msvc.default.default.backend.${inbound}`;
    await until('a call arrives', async () => (await caller.ask({ host: '127.0.21.5', port }, sni)).text.endsWith('hello'));
    expect((await caller.ask({ host: '127.0.21.5', port }, sni)).server).toEqual(['spiffe://default.default.mesh.local/workload/backend']);
    expect(await entrance.admin('/config_dump')).toContain('self_zoneingress_dp_ingress');
    expect((await caller.ask({ host: '127.0.21.5', port }, 'sni.msvc.default.default.other.80')).text).toBe('');
  } finally {
    await plane.close();
    await app.close();
  }
});
