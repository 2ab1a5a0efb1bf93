import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, httpMany, HttpApp } from '../harness/http-app.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { pageExamples } from '../harness/page-examples.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

/** A Zipkin v2 span. */
interface Span {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly kind: string;
  readonly localEndpoint: { readonly serviceName: string };
  readonly tags: Readonly<Record<string, string>>;
}

/** `web` calls `backend`, which passes trace headers on to nobody. */
describe('MeshTrace on real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let web: TestProxy;
  let backend: string;
  let http: Server;
  const bodies: { readonly url: string; readonly body: Buffer }[] = [];
  const spans = (): Span[] => bodies.filter(({ url }) => url === '/api/v2/spans').flatMap(({ body }) => JSON.parse(body.toString()) as Span[]);

  beforeAll(async () => {
    http = createServer((request: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        bodies.push({ url: request.url ?? '', body: Buffer.concat(chunks) });
        response.writeHead(202).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    mesh = await TestMesh.start();
    await mesh.allowAll();
    const [appPort = 0] = await freePorts(1);
    app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
    await serve(mesh, { name: 'backend', address: '127.0.32.1' }, appPort);
    const { outbounds: [outbound = { host: '', port: 0 }], proxy } = await call(mesh, { name: 'web', address: '127.0.32.2' }, ['backend']);
    web = proxy;
    backend = urlOf(outbound);
    await until('calls get through', async () => (await httpGet(backend)).status === 200);
  });

  afterAll(async () => {
    await mesh.close();
    http.closeAllConnections();
    http.close();
    await app.close();
  });

  const httpPort = (): number => (http.address() as AddressInfo).port;
  const policy = (conf: object) => mesh.put({ type: 'MeshTrace', name: 'all-spans', spec: { targetRef: { kind: 'Mesh' }, default: conf } });
  const asking = (what: string, found: () => boolean): Promise<void> => until(what, async () => {
    await httpGet(`${backend}/traced`, { 'x-tenant': 'acme' });
    return found();
  });

  it('Zipkin: both proxies send their side of the same span, with the tags of the example on its page', async () => {
    for (const example of pageExamples('policies/meshtrace.md', { '127.0.0.1:9411': `127.0.0.1:${httpPort()}` })) await mesh.put(example);
    const sides = (): Span[][] => spans().filter(({ kind }) => kind === 'CLIENT').flatMap((client) => spans().filter(({ kind, id }) => kind === 'SERVER' && id === client.id).map((server) => [client, server]));
    await asking('both sides of a span arrive', () => sides().length > 0);
    const [client, server] = sides()[0] ?? [];
    expect(client?.traceId).toBe(server?.traceId);
    expect([client, server].map((span) => span?.localEndpoint.serviceName)).toEqual(['web', 'backend']);
    expect(client?.tags).toMatchObject({ 'kuma.mesh': 'default', 'kuma.zone': 'default', team: 'core', tenant: 'acme', 'http.status_code': '200' });
  });

  it('takes the part of requests that sampling says', async () => {
    const zipkin = { type: 'Zipkin', zipkin: { url: `http://127.0.0.1:${httpPort()}/api/v2/spans` } };
    await policy({ backends: [zipkin], sampling: { overall: 0 }, tags: [{ name: 'stage', literal: 'none' }] });
    await until('nothing is sampled', async () => (await web.admin('/config_dump')).includes('"none"'));
    await httpMany(`${backend}/unsampled`, 50);
    await policy({ backends: [zipkin], sampling: { overall: 100 }, tags: [{ name: 'stage', literal: 'all' }] });
    await asking('everything is sampled', () => spans().some(({ tags }) => tags['stage'] === 'all'));
    await httpMany(`${backend}/sampled`, 50);
    await asking('all of them are there', () => spans().filter(({ kind, tags }) => kind === 'CLIENT' && tags['http.url']?.endsWith('/sampled') === true).length === 50);
    expect(spans().filter(({ tags }) => tags['http.url']?.endsWith('/unsampled') === true)).toEqual([]);
  });

  it('OpenTelemetry: over gRPC, and over HTTP where a MeshOpenTelemetryBackend says so', async () => {
    const collector = await OtlpReceiver.listen();
    await policy({ backends: [{ type: 'OpenTelemetry', openTelemetry: { endpoint: `127.0.0.1:${collector.port}` } }] });
    await asking('spans of both arrive', () => new Set(collector.spans.map(({ resource }) => resource['service.name'])).size === 2);
    expect(new Set(collector.spans.map(({ resource }) => resource['service.name']))).toEqual(new Set(['web', 'backend']));
    expect(collector.spans[0]?.item.attributes).toMatchObject({ 'kuma.mesh': 'default' });
    await mesh.put({ type: 'MeshOpenTelemetryBackend', name: 'central', spec: { endpoint: { address: '127.0.0.1', port: httpPort(), path: '/base' }, protocol: 'http' } });
    await policy({ backends: [{ type: 'OpenTelemetry', openTelemetry: { backendRef: { kind: 'MeshOpenTelemetryBackend', name: 'central' } } }] });
    await asking('spans arrive over HTTP', () => bodies.some(({ url, body }) => url === '/base/v1/traces' && body.includes('service.name')));
    collector.close();
  });

  it('Datadog: the agent gets spans of each direction\'s service; without backends there are none', async () => {
    await policy({ backends: [{ type: 'Datadog', datadog: { url: `http://127.0.0.1:${httpPort()}`, splitService: true } }] });
    await asking('both services are named', () => ['web_OUTBOUND_backend', 'backend_INBOUND'].every((name) => bodies.some(({ url, body }) => url.endsWith('/traces') && body.includes(name))));
    await policy({ backends: [] });
    await until('no tracer is left', async () => !/meshtrace|tracers/.test((await web.admin('/config_dump?resource=dynamic_listeners')) + (await web.admin('/clusters'))));
  });

  it('TrafficTrace: spans go where the Mesh says', async () => {
    await mesh.delete('MeshTrace', 'all-spans');
    const tracing = { defaultBackend: 'zipkin', backends: [{ name: 'zipkin', type: 'zipkin', sampling: 100, conf: { url: `http://127.0.0.1:${httpPort()}/api/v2/spans` } }] };
    await mesh.put({ type: 'Mesh', name: 'default', tracing, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] } });
    const { length } = spans();
    await httpMany(`${backend}/silent`, 10);
    await mesh.put({ type: 'TrafficTrace', name: 'all', selectors: [{ match: { 'kuma.io/service': '*' } }] });
    await asking('spans arrive', () => spans().length > length);
    expect(spans().filter(({ tags }) => tags['http.url']?.endsWith('/silent') === true)).toEqual([]);
  });
});
