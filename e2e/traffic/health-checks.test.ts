import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, httpMany, HttpApp } from '../harness/http-app.ts';
import { grpcCall, Http2App } from '../harness/http2-app.ts';
import { LineApp, sayLine } from '../harness/line-app.ts';
import { pageExample } from '../harness/page-examples.ts';
import { call, serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

const PAGE = 'policies/meshhealthcheck.md';
type Version = 'v1' | 'v2';

/** `backend` and `lines` have two instances each; `web` calls them. */
describe('MeshHealthCheck on real Envoys', () => {
  let mesh: TestMesh;
  const apps = new Map<Version, HttpApp>();
  const lines = new Map<Version, LineApp>();
  const ports: Record<Version, { http: number; tcp: number }> = { v1: { http: 0, tcp: 0 }, v2: { http: 0, tcp: 0 } };
  const unwell = new Set<Version>();
  let backend = '';
  let toLines: Endpoint;
  let toCalls: Endpoint;
  let calls: Http2App;
  let serving = true;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    await mesh.delete('MeshRetry', 'mesh-retry-all-default');
    await mesh.delete('MeshCircuitBreaker', 'mesh-circuit-breaker-all-default');
    const [inbound = 0, linesInbound = 0] = await freePorts(2);
    for (const [index, version] of (['v1', 'v2'] as const).entries()) {
      const [http = 0, tcp = 0] = await freePorts(2);
      ports[version] = { http, tcp };
      apps.set(version, await HttpApp.listen({ name: version, host: '127.0.0.1', port: http, respond: (req, res) => res.writeHead(req.url === '/healthz' && unwell.has(version) ? 503 : 200).end(version) }));
      lines.set(version, await LineApp.listen({ name: version, port: tcp }));
      await serve(mesh, { name: `backend-${version}`, service: 'backend', address: `127.0.23.${index + 1}`, port: inbound }, http);
      await serve(mesh, { name: `lines-${version}`, service: 'lines', protocol: 'tcp', address: `127.0.23.${index + 3}`, port: linesInbound }, tcp);
    }
    const [grpc = 0] = await freePorts(1);
    calls = await Http2App.listen({ name: 'calls', port: grpc, serving: () => serving });
    await serve(mesh, { name: 'calls', protocol: 'grpc', address: '127.0.23.5' }, grpc);
    const { outbounds: [first, second, third] } = await call(mesh, { name: 'web', address: '127.0.23.9' }, ['backend', 'lines', 'calls']);
    if (first === undefined || second === undefined || third === undefined) throw new Error('no outbounds');
    backend = urlOf(first);
    toLines = second;
    toCalls = third;
    await until('both instances answer', async () => (await answering()).size === 2);
    await until('both instances answer lines', async () => (await speaking()).size === 2);
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all([...apps.values(), ...lines.values(), calls].map((app) => app.close()));
  });

  it('http: an instance that fails its check gets no requests, and comes back', async () => {
    await mesh.put(pageExample(PAGE, 'backend'));
    await until('instances are asked', () => Promise.resolve([...apps.values()].every((app) => app.requests.some(({ url }) => url === '/healthz'))));
    unwell.add('v1');
    await until('only v2 is used', async () => [...await answering()].join() === 'v2');
    const before = used('v1');
    expect(new Set((await httpMany(backend, 60)).map(({ body }) => body))).toEqual(new Set(['v2']));
    expect(used('v1')).toBe(before);
    unwell.clear();
    await until('v1 is used again', async () => (await answering()).size === 2);
  });

  it('http: with no instance well, requests are refused rather than sent to all', async () => {
    unwell.add('v1').add('v2');
    await until('requests are refused', async () => (await httpGet(backend)).status === 503);
    const before = used('v1') + used('v2');
    expect(new Set((await httpMany(backend, 20)).map(({ status }) => status))).toEqual(new Set([503]));
    expect(used('v1') + used('v2')).toBe(before);
    unwell.clear();
    await until('both are used again', async () => (await answering()).size === 2);
  });

  it('tcp: an instance that does not give the right answer gets no connections, and comes back', async () => {
    await lines.get('v1')?.close();
    await until('connections fail', async () => (await speaking()).has(''));
    await mesh.put(pageExample(PAGE, 'lines'));
    await until('only v2 is used', async () => [...await speaking()].join() === 'v2');
    expect([...await speaking(30)]).toEqual(['v2']);
    lines.set('v1', await LineApp.listen({ name: 'v1', port: ports.v1.tcp }));
    await until('v1 is used again', async () => [...await speaking()].sort().join() === 'v1,v2');
  });

  it('grpc: a server that says it is not serving gets no calls, and comes back', async () => {
    const check = { interval: '1s', timeout: '1s', unhealthyThreshold: 1, healthyThreshold: 1, noTrafficInterval: '1s', failTrafficOnPanic: true, grpc: { serviceName: 'test.Echo' } };
    await until('calls are answered', async () => (await grpcCall(toCalls, 'x')).trailers['grpc-status'] === '0');
    await mesh.put({ type: 'MeshHealthCheck', name: 'calls', spec: { to: [{ targetRef: { kind: 'MeshService', name: 'calls' }, default: check }] } });
    serving = false;
    await until('calls are refused', async () => (await grpcCall(toCalls, 'x')).trailers['grpc-status'] === '14');
    serving = true;
    await until('calls are answered again', async () => (await grpcCall(toCalls, 'x')).trailers['grpc-status'] === '0');
  });

  const answering = async (): Promise<Set<string>> => new Set((await httpMany(backend, 16)).map(({ body }) => body));
  const used = (version: Version): number => apps.get(version)?.requests.filter(({ url }) => url !== '/healthz').length ?? 0;

  /** Who answers; empty for nobody. */
  async function speaking(count = 12): Promise<Set<string>> {
    const names = new Set<string>();
    for (let index = 0; index < count; index++) names.add((await sayLine(toLines, 'x')).split(':')[0] ?? '');
    return names;
  }
});
