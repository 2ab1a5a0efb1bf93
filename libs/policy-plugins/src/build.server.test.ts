import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { buildEndpoints, buildIdentitySecret, buildValidationSecret, tagClusterName, tagSni, type OutboundContext, type ProxyContext } from '@weft/envoy-builders';
import type { DestinationView, EndpointsView, InboundView, OutboundView, Protocol, RouteView } from '@weft/proxy-view';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCluster, buildInbound, buildOutbound } from './build.ts';
import { testMeshCa } from './testing/mesh-certificates.ts';
import { freePort, startEnvoy, type RunningEnvoy } from './testing/real-envoy.ts';
import { staticBootstrap } from './testing/static-bootstrap.ts';

const HOST = '127.0.0.1';
const MESH = { name: 'default', mtls: { backend: 'ca-1', mode: 'STRICT' }, passthrough: true, meshServicesMode: 'Disabled' } as const;
const INBOUND: ProxyContext = { mesh: MESH, unifiedNaming: false, reusePort: false, transparentProxy: undefined, ipv6Enabled: false, proxyAddress: HOST };
const OUTBOUND: OutboundContext = { mesh: MESH, unifiedNaming: false, reusePort: false };
const ALLOW_ALL = { inbound: [], from: [{ subset: [], conf: { action: 'Allow' }, origins: [{ resource: { type: 'MeshTrafficPermission', mesh: 'default', name: 'all' }, kri: 'kri_mtp_default___all_', ruleIndex: 0 }] }] };

let envoy: RunningEnvoy;
const apps: (Server | TcpServer)[] = [];
const outbound = { http: 0, tcp: 0 };
/** Answers of the failing app: 503 until asked often enough. */
let failures = 0;

beforeAll(async () => {
  const v1 = await httpApp('v1', () => 200);
  const v2 = await httpApp('v2', (path) => (path === '/flaky' && failures-- > 0 ? 503 : 200));
  const tcp = await listening(createTcpServer((socket) => socket.once('data', (data) => socket.end(`echo ${data.toString()}`))));
  const inbounds = [await inbound(v1, 'http', 'v1'), await inbound(v2, 'http', 'v2'), await inbound(tcp, 'tcp', 'v1')];
  const [first, second, third] = inbounds.map(({ port }) => port);
  Object.assign(outbound, { http: await freePort(), tcp: await freePort() });
  const ca = await testMeshCa('default');
  const resources = [
    ...inbounds.flatMap((view) => buildInbound(view, INBOUND)),
    ...buildOutbound(httpOutbound(), OUTBOUND), ...buildOutbound(tcpOutbound(), OUTBOUND),
    ...[destination('v1', 'http'), destination('v2', 'http'), destination('tcp', 'tcp')].map((view) => buildCluster(view, OUTBOUND)),
    ...[endpoints('v1', first ?? 0), endpoints('v2', second ?? 0), endpoints('tcp', third ?? 0)].map(buildEndpoints),
    buildIdentitySecret('identity_cert:secret:default', await ca.leaf('backend')), buildValidationSecret('mesh_ca:secret:default', [ca.caPem]),
  ];
  const adminPort = await freePort();
  envoy = await startEnvoy(staticBootstrap(resources, { inlineRoutes: true, staticSecrets: true, staticEndpoints: true, adminPort }), adminPort);
});

afterAll(async () => {
  await envoy.stop();
  for (const app of apps) app.close();
});

async function listening(server: Server | TcpServer): Promise<number> {
  apps.push(server);
  server.listen(0, HOST);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Answers with its version, the path and a header that a route may have added. */
async function httpApp(version: string, status: (path: string) => number): Promise<number> {
  return listening(createServer((req, res) => {
    res.writeHead(status(req.url ?? ''), { 'x-internal': 'secret' });
    res.end([version, req.url, req.headers['x-route'], req.headers['host']].join(' '));
  }));
}

async function inbound(workloadPort: number, protocol: Protocol, version: string): Promise<InboundView> {
  return {
    address: HOST, port: await freePort(), name: undefined, workload: { address: HOST, port: workloadPort }, protocol, service: 'backend', tags: { 'kuma.io/service': 'backend', version },
    tls: { mode: 'strict' }, rules: { MeshTrafficPermission: ALLOW_ALL },
  };
}

const cluster = (version: string): string => tagClusterName('backend', { version });

function destination(version: string, protocol: Protocol): DestinationView {
  const tags = { version };
  return { clusterName: cluster(version), target: { kind: 'tag', service: 'backend' }, tags, protocol, tls: { sni: tagSni('backend', tags, 'default'), spiffeIds: ['spiffe://default/backend'] }, conf: {} };
}

function endpoints(version: string, port: number): EndpointsView {
  return { clusterName: cluster(version), localities: [{ zone: undefined, subZone: undefined, priority: 0, endpoints: [{ address: HOST, port, weight: 1, tags: { version }, labels: {} }] }] };
}

function route(match: RouteView['match'], version: string, filters: RouteView['filters'] = []): RouteView {
  return { name: 'route', match, filters, backends: [{ clusterName: cluster(version), weight: 1 }], conf: {}, origins: [] };
}

function httpOutbound(): OutboundView {
  return {
    address: HOST, port: outbound.http, target: { kind: 'tag', service: 'backend' }, tags: { 'kuma.io/service': 'backend' }, protocol: 'http', backends: [], bindToPort: true,
    conf: { MeshRetry: { http: { numRetries: 2, retryOn: ['5xx'] } } },
    routes: [
      route({ path: { type: 'Exact', value: '/gone' } }, 'v1', [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', hostname: 'new.example', statusCode: 301 } }]),
      route({ path: { type: 'PathPrefix', value: '/old' } }, 'v1', [
        { type: 'URLRewrite', urlRewrite: { hostname: 'inside.example', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' } } },
        { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-route', value: 'old' }] } },
        { type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['x-internal'] } },
      ]),
      route({ headers: [{ type: 'Exact', name: 'x-version', value: 'v1' }], queryParams: [{ type: 'RegularExpression', name: 'n', value: '[0-9]+' }], method: 'POST' }, 'v1'),
      route({ path: { type: 'PathPrefix', value: '/' } }, 'v2'),
    ],
  };
}

function tcpOutbound(): OutboundView {
  return { address: HOST, port: outbound.tcp, target: { kind: 'tag', service: 'backend' }, tags: { 'kuma.io/service': 'backend', version: 'tcp' }, protocol: 'tcp', routes: [], backends: [{ clusterName: cluster('tcp'), weight: 1 }], conf: {}, bindToPort: true };
}

async function call(path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<{ status: number | undefined; headers: IncomingMessage['headers']; body: string }> {
  const [response] = (await once(request({ host: HOST, port: outbound.http, path, agent: false, ...options }).end(), 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, headers: response.headers, body };
}

describe('a call from one sidecar to another over mesh TLS', () => {
  it('takes the route of its path, whole segments only', async () => {
    expect((await call('/old')).body).toBe('v1 /new old inside.example');
    const below = await call('/old/a?b=1');
    expect(below.body).toBe('v1 /new/a?b=1 old inside.example');
    expect(below.headers).not.toHaveProperty('x-internal');
    expect((await call('/older')).body).toMatch(/^v2 \/older /);
  });

  it('takes the route of its method, headers and query', async () => {
    const headers = { 'x-version': 'v1' };
    expect((await call('/any?n=12', { method: 'POST', headers })).body).toMatch(/^v1/);
    expect((await call('/any?n=x', { method: 'POST', headers })).body).toMatch(/^v2/);
    expect((await call('/any?n=12', { headers })).body).toMatch(/^v2/);
  });

  it('is redirected', async () => {
    const answer = await call('/gone');
    expect([answer.status, answer.headers['location']]).toEqual([301, 'https://new.example/gone']);
  });

  it('is tried again as often as MeshRetry says', async () => {
    failures = 2;
    expect((await call('/flaky')).status).toBe(200);
    failures = 3;
    expect((await call('/flaky')).status).toBe(503);
  });

  it('passes bytes for tcp', async () => {
    const socket = connect(outbound.tcp, HOST);
    socket.write('hi');
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toBe('echo hi');
    socket.destroy();
  });

  it('went over TLS', async () => {
    const stats = await envoy.admin('/stats?filter=ssl.handshake');
    const handshakes = [...stats.matchAll(/cluster\.backend[^:]*ssl\.handshake: (\d+)/g)].map(([, count]) => Number(count));
    expect(handshakes.length).toBe(3);
    expect(Math.min(...handshakes)).toBeGreaterThan(0);
  });
});
