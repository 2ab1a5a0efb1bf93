import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, httpMany, HttpApp } from '../harness/http-app.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

/** Two instances of `backend` (v1, v2), a client `web`, each behind a real Envoy on an address of its own; mTLS STRICT. */
describe('an HTTP mesh with real Envoys', () => {
  let mesh: TestMesh;
  let v1: HttpApp;
  let v2: HttpApp;
  let backendPort: number;
  let toBackend: string;

  const backend = (name: string, address: string, version: string) => ({
    name,
    networking: { address, inbound: [{ port: backendPort, servicePort: backendPort, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'backend', 'kuma.io/protocol': 'http', version } }] },
  });
  let v1Port: number;

  beforeAll(async () => {
    mesh = await TestMesh.start({ mtls: 'STRICT' });
    const ports = await freePorts(5);
    [v1Port = 0, backendPort = 0] = ports;
    const [, , webPort = 0, outboundPort = 0, v2Port = 0] = ports;
    v1 = await HttpApp.listen({ name: 'v1', host: '127.0.0.1', port: v1Port });
    v2 = await HttpApp.listen({ name: 'v2', host: '127.0.0.1', port: v2Port });
    await mesh.startProxy(served(backend('backend-v1', '127.0.2.1', 'v1'), v1Port));
    await mesh.startProxy(served(backend('backend-v2', '127.0.2.2', 'v2'), v2Port));
    await mesh.startProxy({
      name: 'web',
      networking: {
        address: '127.0.2.3',
        inbound: [{ port: webPort, servicePort: webPort, tags: { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' } }],
        outbound: [{ address: '127.0.2.3', port: outboundPort, tags: { 'kuma.io/service': 'backend' } }],
      },
    });
    toBackend = `http://127.0.2.3:${outboundPort}`;
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all([v1.close(), v2.close()]);
  });

  it('denies what no permission allows, with 403', async () => {
    await until('a request arrives at the server side', async () => (await httpGet(toBackend)).status === 403);
    expect(v1.requests.length + v2.requests.length).toBe(0);
  });

  it('carries requests over mTLS once they are allowed, and tells the app who calls', async () => {
    await mesh.allowAll();
    await until('a request gets through', async () => (await httpGet(toBackend)).status === 200);
    const answers = await httpMany(toBackend, 50);
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['v1', 'v2']));
    expect(v1.requests.at(-1)?.headers['x-forwarded-client-cert']).toContain('URI=spiffe://default/web');
  });

  it('refuses plaintext at the server side', async () => {
    expect((await httpGet(`http://127.0.2.1:${backendPort}/`)).status).toBe(0);
  });

  it('splits by weight and modifies headers as a MeshHTTPRoute says', async () => {
    await mesh.put({
      type: 'MeshHTTPRoute', name: 'to-v2', spec: {
        targetRef: { kind: 'Mesh' },
        to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, rules: [{
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          default: { backendRefs: [{ kind: 'MeshServiceSubset', name: 'backend', tags: { version: 'v2' }, weight: 1 }], filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-routed', value: 'yes' }] } }] },
        }] }],
      },
    });
    await until('the route takes effect', async () => {
      await httpGet(toBackend);
      return v2.requests.at(-1)?.headers['x-routed'] === 'yes';
    });
    const before = v1.requests.length;
    const answers = await httpMany(toBackend, 40);
    expect(answers.every(({ status, body }) => status === 200 && body === 'v2')).toBe(true);
    expect(v1.requests.length).toBe(before);
    await mesh.delete('MeshHTTPRoute', 'to-v2');
    await until('both are back', async () => new Set((await httpMany(toBackend, 16)).map(({ body }) => body)).size === 2);
  });

  it('takes an instance out of rotation when its proxy goes, without an error', async () => {
    await mesh.stopProxy('backend-v2');
    await until('v2 is deregistered', async () => (await mesh.api.find('/meshes/default/dataplanes/backend-v2')) === undefined);
    await until('only v1 answers', async () => new Set((await httpMany(toBackend, 8)).map(({ body }) => body)).size === 1);
    expect((await httpMany(toBackend, 20)).map(({ status, body }) => `${status} ${body}`)).toEqual(Array(20).fill('200 v1'));
  });

  it('goes on while the control plane is dead, and takes changes again after its restart', async () => {
    await mesh.stopPlane('SIGKILL');
    expect((await httpMany(toBackend, 30)).every(({ status }) => status === 200)).toBe(true);
    await mesh.restartPlane();
    expect((await mesh.api.find('/meshes/default/meshtrafficpermissions/allow-all'))?.['name']).toBe('allow-all');
    await mesh.delete('MeshTrafficPermission', 'allow-all');
    await until('the deletion reaches the proxies', async () => (await httpGet(toBackend)).status === 403);
  });

  function served(spec: ReturnType<typeof backend>, appPort: number): ReturnType<typeof backend> {
    const inbound = { ...spec.networking.inbound[0]!, servicePort: appPort };
    return { ...spec, networking: { ...spec.networking, inbound: [inbound] } };
  }
});
