import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, httpMany, HttpApp } from '../harness/http-app.ts';
import { call, serve, urlOf, type Place } from '../harness/placed-workload.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

/** Envoy reports every second instead of every five, so that the test takes less time. Nothing else differs from the defaults. */
const FAST_REPORTS = { WEFT_DP_SERVER_HDS_INTERVAL: '1s' };

interface Inbound {
  readonly state?: string;
  readonly health?: { readonly ready?: boolean };
}

describe('which proxies take traffic, on real Envoys', () => {
  let mesh: TestMesh;
  let port = 0;
  const apps = new Map<string, HttpApp>();
  const appPorts = new Map<string, number>();

  beforeAll(async () => {
    mesh = await TestMesh.start({ env: FAST_REPORTS });
    await mesh.allowAll();
    await mesh.delete('MeshRetry', 'mesh-retry-all-default');
    [port = 0] = await freePorts(1);
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all([...apps.values()].map((app) => app.close()));
  });

  const startApp = async (name: string): Promise<void> => {
    const [fresh = 0] = appPorts.has(name) ? [] : await freePorts(1);
    const appPort = appPorts.get(name) ?? fresh;
    appPorts.set(name, appPort);
    apps.set(name, await HttpApp.listen({ name, host: '127.0.0.1', port: appPort }));
  };
  const stopApp = async (name: string): Promise<void> => {
    await apps.get(name)?.close();
    apps.delete(name);
  };
  const place = (name: string, service: string, at: number, more: Partial<Place> = {}): Place => ({ name, service, address: `127.0.4.${at}`, port, ...more });
  const startProxy = (where: Place): Promise<unknown> => serve(mesh, where, appPorts.get(where.name) ?? 0);
  const inboundOf = async (name: string): Promise<Inbound | undefined> => {
    const { networking } = (await mesh.api.getJson(`/meshes/default/dataplanes/${name}`)) as { readonly networking?: { readonly inbound?: readonly Inbound[] } };
    return networking?.inbound?.[0];
  };
  const answering = async (url: string): Promise<string> => [...new Set((await httpMany(url, 24)).map(({ status, body }) => (status === 200 ? body : String(status))))].sort().join();

  it('a rolling restart of three instances under load loses no request, without retries', async () => {
    const places = ['a-1', 'a-2', 'a-3'].map((name, index) => place(name, 'a', index + 1));
    for (const { name } of places) await startApp(name);
    for (const where of places) await startProxy(where);
    const { outbounds: [outbound = { host: '', port: 0 }] } = await call(mesh, { name: 'a-client', address: '127.0.4.10' }, ['a']);
    const url = urlOf(outbound);
    await until('all three answer', async () => (await answering(url)) === 'a-1,a-2,a-3');
    const traffic = new SteadyTraffic(url);
    for (const where of places) {
      const rest = places.map(({ name }) => name).filter((name) => name !== where.name);
      await mesh.stopProxy(where.name);
      expect(await inboundOf(where.name)).toMatchObject({ state: 'NotReady' });
      await stopApp(where.name);
      expect(await answering(url)).toBe(rest.join());
      await startApp(where.name);
      await startProxy(where);
      await until(`${where.name} answers again`, async () => (await answering(url)) === 'a-1,a-2,a-3');
    }
    expect(await traffic.stop()).toEqual([]);
    expect(traffic.sent).toBeGreaterThan(100);
    expect(Object.keys((await inboundOf('a-1')) ?? {})).not.toContain('state');
  });

  it('an application that dies while its Envoy lives leaves the rotation, and comes back', async () => {
    await mesh.put({ type: 'MeshRetry', name: 'again', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { http: { numRetries: 3, retryOn: ['5xx'], hostSelection: [{ predicate: 'OmitPreviousHosts' }], hostSelectionMaxAttempts: 5 } } }] } });
    const places = ['b-1', 'b-2'].map((name, index) => place(name, 'b', index + 20, { probed: true }));
    await startApp('b-1');
    await startApp('b-2');
    for (const where of places) await startProxy(where);
    const { outbounds: [outbound = { host: '', port: 0 }] } = await call(mesh, { name: 'b-client', address: '127.0.4.30' }, ['b']);
    const url = urlOf(outbound);
    await until('both answer', async () => (await answering(url)) === 'b-1,b-2');
    // Two at a time: by default no more than three requests may be retried at once.
    const traffic = new SteadyTraffic(url, { workers: 2 });
    await stopApp('b-1');
    await until('b-1 left the rotation', async () => (await inboundOf('b-1'))?.state === 'NotReady');
    await startApp('b-1');
    await until('b-1 is back', async () => (await inboundOf('b-1'))?.state === 'Ready');
    await until('both answer again', async () => (await answering(url)) === 'b-1,b-2');
    expect(await traffic.stop()).toEqual([]);
    await mesh.delete('MeshRetry', 'again');
  });

  it('an application that starts after its sidecar gets its first request once it listens', async () => {
    const where = place('c-1', 'c', 40, { probed: true });
    await startApp('c-1');
    await stopApp('c-1');
    await startProxy(where);
    const { outbounds: [outbound = { host: '', port: 0 }] } = await call(mesh, { name: 'c-client', address: '127.0.4.50' }, ['c']);
    const url = urlOf(outbound);
    await until('the client knows the service', async () => (await httpGet(url)).status === 503);
    expect(await inboundOf('c-1')).toMatchObject({ state: 'NotReady', health: { ready: false } });
    await startApp('c-1');
    await until('it is served', async () => (await httpGet(url)).status === 200);
    expect(await inboundOf('c-1')).toMatchObject({ state: 'Ready', health: { ready: true } });
  });

  it('virtual probes lead a plain request to the application, and to nothing else of it', async () => {
    await startApp('d-1');
    const [probePort = 0, inboundPort = 0] = await freePorts(2);
    const appPort = appPorts.get('d-1') ?? 0;
    await mesh.startProxy({
      name: 'd-1',
      networking: { address: '127.0.4.60', inbound: [{ port: inboundPort, servicePort: appPort, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'd', 'kuma.io/protocol': 'http' } }] },
      probes: { port: probePort, endpoints: [{ inboundPort: appPort, inboundPath: '/healthz', path: `/${appPort}/healthz` }] },
    });
    const probe = `http://127.0.4.60:${probePort}/${appPort}/healthz`;
    await until('the probe is answered', async () => (await httpGet(`${probe}?deep=1`)).body === 'd-1');
    expect(apps.get('d-1')?.requests.at(-1)?.url).toBe('/healthz?deep=1');
    expect((await httpGet(`http://127.0.4.60:${probePort}/${appPort}/orders`)).status).toBe(404);
    await stopApp('d-1');
    expect((await httpGet(probe)).status).toBe(503);
  });
});
