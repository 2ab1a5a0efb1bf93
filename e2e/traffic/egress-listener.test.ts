import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpApp, httpGet } from '../harness/http-app.ts';
import { urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

const WEB = '127.0.68.1';
const GATE = '127.0.68.2';
const OUTSIDE = '127.0.68.3';

/** A mesh of MeshServices and identities, without a CA of its own; `gate` is a Dataplane whose listener leads out. */
describe('a listener of type ZoneEgress on a Dataplane', () => {
  let mesh: TestMesh;
  let gate: TestProxy;
  let gatePort: number;
  let server: HttpApp;
  let serverPort: number;
  const outbounds = new Map<string, Endpoint>();

  const ask = async (name: string): Promise<{ readonly status: number; readonly body: string }> => httpGet(urlOf(outbounds.get(name) ?? { host: WEB, port: 0 }));
  const answers = async (name: string, status: number): Promise<boolean> => (await ask(name)).status === status;
  const workload = (name: string) => ({ name, labels: { 'kuma.io/workload': name } });
  const startGate = async (): Promise<void> => {
    gate = await mesh.startProxy({ ...workload('gate'), networking: { address: GATE, listeners: [{ type: 'ZoneEgress', name: 'out', port: gatePort }] } });
  };
  const permit = (spiffeId: string): Promise<void> => mesh.put({
    type: 'MeshTrafficPermission', name: 'out',
    spec: { targetRef: { kind: 'Dataplane', labels: { 'kuma.io/workload': 'gate' }, sectionName: 'out' }, rules: [{ default: { allow: [{ spiffeID: { type: 'Exact', value: spiffeId } }] } }] },
  });

  beforeAll(async () => {
    mesh = await TestMesh.start({ mtls: 'off' });
    await mesh.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Exclusive' } });
    await mesh.put({ type: 'MeshIdentity', name: 'main', spec: { selector: { dataplane: { matchLabels: {} } }, provider: { type: 'Bundled', bundled: { autogenerate: { enabled: true }, insecureAllowSelfSigned: true } } } });
    const [port = 0, way = 0, inbound = 0, app = 0, ...own] = await freePorts(6);
    gatePort = way;
    serverPort = port;
    server = await HttpApp.listen({ name: 'outside', host: OUTSIDE, port });
    ['plain', 'other'].forEach((name, at) => outbounds.set(name, { host: WEB, port: own[at] ?? 0 }));
    for (const name of outbounds.keys()) await mesh.put({ type: 'MeshExternalService', name, spec: { match: { type: 'HostnameGenerator', port: 80, protocol: 'http' }, endpoints: [{ address: OUTSIDE, port }] } });
    await mesh.startProxy({ ...workload('web'), networking: {
      address: WEB,
      inbound: [{ port: inbound, servicePort: app, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' } }],
      outbound: [...outbounds].map(([name, { host, port: at }]) => ({ address: host, port: at, backendRef: { kind: 'MeshExternalService', name, port: 80 } })),
    } });
  });
  afterAll(async () => {
    await mesh.close();
    await server.close();
  });

  it('is the way out, for whom a permission allows it', async () => {
    await until('without a way out there is no answer', () => answers('plain', 503));
    await startGate();
    await until('without a permission it is refused', () => answers('plain', 403));
    await permit('spiffe://default.default.mesh.local/workload/somebody');
    expect((await ask('plain')).status).toBe(403);
    await permit('spiffe://default.default.mesh.local/workload/web');
    await until('a call arrives', () => answers('plain', 200));
    expect((await ask('plain')).body).toBe('outside');
    expect(server.requests.at(-1)?.headers).not.toHaveProperty('x-forwarded-client-cert');
    expect(await gate.admin('/stats?filter=cluster.kri_extsvc_default_default__plain_80.upstream_rq_completed')).toMatch(/: [1-9]/);
  });

  it('is listed among the parts of its proxy', async () => {
    expect(await mesh.api.getJson('/meshes/default/dataplanes/gate/_layout')).toMatchObject({
      listeners: [{ kri: 'kri_dp_default_default__gate_out', type: 'ZoneEgress', port: gatePort, proxyResourceName: 'self_zoneegress_dp_out' }],
    });
  });

  it('follows its servers, and serves on while the control plane is away', async () => {
    await mesh.put({ type: 'MeshExternalService', name: 'other', spec: { match: { type: 'HostnameGenerator', port: 80, protocol: 'http' }, endpoints: [{ address: OUTSIDE, port: serverPort }, { address: '127.0.68.9', port: 1, priority: 1 }] } });
    await until('the second endpoint is known', async () => (await gate.admin('/clusters')).includes('127.0.68.9:1'));
    expect((await ask('other')).body).toBe('outside');
    await mesh.stopPlane();
    expect((await ask('plain')).body).toBe('outside');
    await mesh.startPlane();
  });

  it('that goes is missed, and found again', async () => {
    await mesh.stopProxy('gate');
    await until('nobody answers', () => answers('plain', 503));
    await startGate();
    await until('a call arrives again', () => answers('plain', 200));
  });
});
