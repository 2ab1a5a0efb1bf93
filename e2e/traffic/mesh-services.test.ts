import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { LineApp, sayLine } from '../harness/line-app.ts';
import { serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, TestMesh, until, type ProxyHost, type TestProxy } from '../harness/test-mesh.ts';

/** Names in Envoy that follow from KRIs, which a proxy takes on when its mesh becomes Exclusive. */
const UNIFIED: ProxyHost = { controlPlane: '127.0.0.1', command: (args) => args, prepare: () => undefined, flags: [], env: { KUMA_DATAPLANE_RUNTIME_UNIFIED_RESOURCE_NAMING_ENABLED: 'true' } };

interface Caller {
  readonly proxy: TestProxy;
  readonly byTag: Endpoint;
  readonly http: Endpoint;
  readonly tcp: Endpoint;
}

/** `backend` speaks HTTP and lines; `web`, and `kri` with unified names, call it by tag and by backendRef; mTLS is STRICT. */
describe('MeshServices on real Envoys', () => {
  let mesh: TestMesh;
  let http: HttpApp;
  let lines: LineApp;
  let web: Caller;
  let kri: Caller;
  let inbound: Endpoint;
  let linesAt: Endpoint;

  const setMode = (mode: string): Promise<void> => mesh.put({ type: 'Mesh', name: 'default', meshServices: { mode }, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] } });
  const caller = async (name: string, address: string, host?: ProxyHost): Promise<Caller> => {
    const [own = 0, byTag = 0, toHttp = 0, toTcp = 0] = await freePorts(4);
    const outbound = (port: number, to: object): object => ({ address, port, ...to });
    const proxy = await mesh.startProxy({
      name, ...(host && { host }),
      networking: {
        address, inbound: [{ port: own, tags: { 'kuma.io/service': name } }],
        outbound: [
          outbound(byTag, { tags: { 'kuma.io/service': 'backend' } }),
          outbound(toHttp, { backendRef: { kind: 'MeshService', name: 'backend', port: inbound.port } }),
          outbound(toTcp, { backendRef: { kind: 'MeshService', name: 'lines', port: linesAt.port } }),
        ],
      },
    });
    return { proxy, byTag: { host: address, port: byTag }, http: { host: address, port: toHttp }, tcp: { host: address, port: toTcp } };
  };
  const answered = async ({ http: to, tcp }: Caller): Promise<boolean> => (await httpGet(urlOf(to))).status === 200 && (await sayLine(tcp, 'hello')) === 'lines: hello';

  beforeAll(async () => {
    mesh = await TestMesh.start({ mtls: 'STRICT' });
    await mesh.allowAll();
    const [httpPort = 0, linesPort = 0] = await freePorts(2);
    http = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: httpPort });
    lines = await LineApp.listen({ name: 'lines', port: linesPort });
    inbound = await serve(mesh, { name: 'backend', address: '127.0.21.1' }, httpPort);
    linesAt = await serve(mesh, { name: 'lines', address: '127.0.21.2', protocol: 'tcp' }, linesPort);
    web = await caller('web', '127.0.21.3');
    kri = await caller('kri', '127.0.21.4', UNIFIED);
    await until('requests by tag get through', async () => (await httpGet(urlOf(web.byTag))).status === 200 && (await httpGet(urlOf(kri.byTag))).status === 200);
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all([http.close(), lines.close()]);
  });

  it('Disabled → Everywhere → Exclusive → Everywhere loses no request that is declared', async () => {
    const byTag = [new SteadyTraffic(urlOf(web.byTag), { workers: 2 }), new SteadyTraffic(urlOf(kri.byTag), { workers: 2 })];
    const flowing = async (all: readonly SteadyTraffic[]): Promise<void> => {
      const seen = all.map(({ sent }) => sent);
      await until('requests go on', async () => all.every(({ sent }, at) => sent >= (seen[at] ?? 0) + 30));
    };
    await flowing(byTag);
    expect((await httpGet(urlOf(web.http))).status).toBe(0);
    await setMode('Everywhere');
    await until('MeshServices are reached', async () => (await answered(web)) && (await answered(kri)));
    const all = [...byTag, new SteadyTraffic(urlOf(web.http), { workers: 2 }), new SteadyTraffic(urlOf(kri.http), { workers: 2 })];
    await flowing(all);
    await setMode('Exclusive');
    await until('the names are KRIs', async () => /kri_msvc_default_default__backend_/.test(await kri.proxy.admin('/listeners')));
    await flowing(all);
    await setMode('Everywhere');
    await until('the names are the old ones', async () => !/kri_msvc_default_default__backend_/.test(await kri.proxy.admin('/listeners')));
    await flowing(all);
    expect(await Promise.all(all.map((traffic) => traffic.stop()))).toEqual([[], [], [], []]);
  });

  it('Exclusive: explicit outbounds carry HTTP and TCP over mTLS', async () => {
    await setMode('Exclusive');
    await until('MeshServices are reached', async () => (await answered(web)) && (await answered(kri)));
    expect(http.requests.at(-1)?.headers['x-forwarded-client-cert']).toMatch(/URI=spiffe:\/\/default\/(web|kri)/);
    // The inbound itself takes nobody without a certificate.
    expect((await httpGet(urlOf(inbound))).status).toBe(0);
  });

  it('count their proxies, and are ready for TLS once all have certificates', async () => {
    await until('status is current', async () => {
      const { status, spec } = (await mesh.api.getJson('/meshes/default/meshservices/backend')) as { status?: { tls?: unknown; dataplaneProxies?: unknown }; spec?: { state?: string } };
      return JSON.stringify([status?.tls, status?.dataplaneProxies, spec?.state]) === JSON.stringify([{ status: 'Ready' }, { connected: 1, healthy: 1, total: 1 }, 'Available']);
    });
  });

  it('take away their outbounds with the mode Disabled, and nothing else', async () => {
    const traffic = new SteadyTraffic(urlOf(web.byTag), { workers: 2 });
    await setMode('Disabled');
    await until('the outbound is gone', async () => (await httpGet(urlOf(web.http))).status === 0 && (await sayLine(web.tcp, 'hello')) === '');
    expect(await traffic.stop()).toEqual([]);
    expect(((await mesh.api.getJson('/meshes/default/meshservices')) as { total?: number }).total).toBe(0);
  });

});
