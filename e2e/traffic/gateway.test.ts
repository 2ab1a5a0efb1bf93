import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, httpMany, HttpApp } from '../harness/http-app.ts';
import { hasNginx, Nginx } from '../harness/nginx.ts';
import { serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

/** outside client → nginx → its sidecar → mTLS → service. */
describe.skipIf(!hasNginx)('a delegated gateway: nginx behind a sidecar', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let nginx: Nginx;
  let backend: Endpoint;
  let outbound: Endpoint;
  let admin: (path: string) => Promise<string>;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    const [appPort = 0, backendPort = 0, outboundPort = 0] = await freePorts(3);
    app = await HttpApp.listen({ name: 'backend', host: '127.0.0.1', port: appPort });
    backend = await serve(mesh, { name: 'backend-1', service: 'backend', address: '127.0.5.1', port: backendPort }, appPort);
    outbound = { host: '127.0.5.2', port: outboundPort };
    await mesh.put({
      type: 'MeshTrafficPermission', name: 'gateway-only',
      spec: { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'backend' } }, from: [{ targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'edge' } }, default: { action: 'Allow' } }] },
    });
    const gateway = await mesh.startProxy({
      name: 'edge-1',
      networking: {
        address: outbound.host, gateway: { type: 'DELEGATED', tags: { 'kuma.io/service': 'edge' } },
        outbound: [{ address: outbound.host, port: outbound.port, tags: { 'kuma.io/service': 'backend' } }],
      },
    });
    admin = (path) => gateway.admin(path);
    nginx = await Nginx.start({ '/': outbound });
  });

  afterAll(async () => {
    await nginx.stop();
    await mesh.close();
    await app.close();
  });

  it('takes requests from outside to a service, with the identity of its tags', async () => {
    await until('a request passes', async () => (await httpGet(nginx.url)).status === 200);
    const answers = await httpMany(`${nginx.url}/shop?item=1`, 40);
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(['200 backend']));
    expect(app.requests.at(-1)?.url).toBe('/shop?item=1');
    expect(await admin('/certs')).toContain('spiffe://default/edge');
    // From outside the mesh, without the gateway, nothing gets in.
    expect((await httpGet(urlOf(backend))).status).toBe(0);
  });

  it('is refused where only another service is allowed', async () => {
    await mesh.put({
      type: 'MeshTrafficPermission', name: 'gateway-only',
      spec: { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'backend' } }, from: [{ targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'other' } }, default: { action: 'Allow' } }] },
    });
    await until('it is refused', async () => (await httpGet(nginx.url)).status === 403);
  });

  it('has no inbounds, the defaults of gateways, and is counted as a gateway', async () => {
    const listeners = (await admin('/listeners')).split('\n').map((line) => line.split('::')[0] ?? '').filter((name) => name !== '');
    expect(listeners.some((name) => name.startsWith('inbound:'))).toBe(false);
    expect(listeners).toContain(`outbound:${outbound.host}:${outbound.port}`);
    // mesh-gateways-timeout-all-default: streams may idle for 5 s; that of sidecars says 30 min.
    const routes = await admin('/config_dump?resource=dynamic_route_configs');
    expect(routes).toContain('"idle_timeout": "5s"');
    await until('the service is listed', async () => (await mesh.api.getJson('/meshes/default/service-insights/edge'))['serviceType'] === 'gateway_delegated');
  });

  it('a builtin gateway is told that it is not served yet', async () => {
    const proxy = await mesh.launchProxy({ name: 'builtin-1', networking: { address: '127.0.5.3', gateway: { type: 'BUILTIN', tags: { 'kuma.io/service': 'builtin' } } } });
    await until('the agent ends', async () => proxy.agent.ended);
    expect(proxy.agent.output).toContain('BUILTIN gateways are not served yet');
  });
});
