import { connect as connectTcp, createServer, type Server } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { grpcCall, Http2App } from '../harness/http2-app.ts';
import { LineApp, sayLine } from '../harness/line-app.ts';
import { pageExample } from '../harness/page-examples.ts';
import { call, serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

const NOWHERE: Endpoint = { host: '127.0.0.1', port: 1 };

/** `web` calls `backend` (http), `calls` (grpc) and `lines` (tcp), and `mute` and `dumb`, which take connections and say nothing. Nothing is tried again, and no limit is short, unless a test asks for it. */
describe('what a caller tries again and how long it waits, on real Envoys', () => {
  let mesh: TestMesh;
  let apps: { close(): Promise<void> }[] = [];
  let backend: HttpApp;
  let respond: NonNullable<Parameters<typeof HttpApp.listen>[0]['respond']> = (_req, res) => void res.end('ok');
  let statuses: number[] = [];
  let grpcCalls = 0;
  const to = { backend: NOWHERE, calls: NOWHERE, lines: NOWHERE, mute: NOWHERE, dumb: NOWHERE };
  let web: TestProxy;
  let silence: Server;
  let linesPort = 0;
  let inbound = NOWHERE;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    for (const [type, name] of [['MeshRetry', 'mesh-retry-all-default'], ['MeshTimeout', 'mesh-timeout-all-default']] as const) await mesh.delete(type, name);
    // Servers have no limits, so that those of the caller show.
    await mesh.put({ type: 'MeshTimeout', name: 'servers', spec: { rules: [{ default: { http: { requestTimeout: '0s', streamIdleTimeout: '0s' } } }] } });
    const [http = 0, grpc = 0, tcp = 0, shared = 0] = await freePorts(4);
    linesPort = shared;
    backend = await HttpApp.listen({ name: 'backend', host: '127.0.0.1', port: http, respond: (req, res) => respond(req, res) });
    const calls = await Http2App.listen({ name: 'calls', port: grpc, grpcStatus: () => statuses[grpcCalls++] ?? 0 });
    apps = [backend, calls, await LineApp.listen({ name: 'lines', port: tcp })];
    inbound = await serve(mesh, { name: 'backend', address: '127.0.26.1' }, http);
    await serve(mesh, { name: 'calls', address: '127.0.26.2', protocol: 'grpc' }, grpc);
    await serve(mesh, { name: 'lines', address: '127.0.26.3', protocol: 'tcp', port: shared }, tcp);
    const [quiet = 0] = await freePorts(1);
    silence = createServer((socket) => socket.on('error', () => undefined)).listen(quiet, '127.0.0.1');
    const names = ['backend', 'calls', 'lines', 'mute', 'dumb'] as const;
    const caller = await call(mesh, { name: 'web', address: '127.0.26.9' }, names);
    web = caller.proxy;
    for (const [index, name] of names.entries()) to[name] = caller.outbounds[index] ?? NOWHERE;
    for (const name of ['mute', 'dumb']) await mesh.put({ type: 'Dataplane', name, networking: { address: '127.0.0.1', inbound: [{ port: quiet, tags: { 'kuma.io/service': name, 'kuma.io/protocol': 'http' } }] } });
    await until('all are answered', async () => (await httpGet(urlOf(to.backend))).status === 200 && (await grpcCall(to.calls, 'x')).status === 200 && (await sayLine(to.lines, 'x')) !== '');
  });

  afterAll(async () => {
    await mesh.close();
    silence.close();
    await Promise.all(apps.map((app) => app.close()));
  });

  afterEach(() => {
    respond = (_req, res) => void res.end('ok');
    statuses = [];
  });

  it('tcp: a connection is tried again where an instance cannot be reached', async () => {
    await mesh.put({ type: 'Dataplane', name: 'lines-gone', networking: { address: '127.0.26.66', inbound: [{ port: linesPort, tags: { 'kuma.io/service': 'lines', 'kuma.io/protocol': 'tcp' } }] } });
    await until('connections fail', async () => (await spoken(8)).includes(''));
    await mesh.put(pageExample('policies/meshretry.md', 'all'));
    await until('none fails', async () => !(await spoken(8)).includes(''));
    // A draw of the absent instance five times running would be needed for one to fail: round robin never does that.
    expect(new Set(await spoken(40))).toEqual(new Set(['lines: x']));
    await mesh.delete('Dataplane', 'lines-gone');
  });

  it('grpc: a call that fails twice is sent a third time', async () => {
    const sent = async (answers: number[]): Promise<[number, unknown]> => {
      statuses = answers;
      grpcCalls = 0;
      const { trailers } = await grpcCall(to.calls, 'x');
      return [grpcCalls, trailers['grpc-status']];
    };
    const [unavailable, notFound] = [14, 5];
    expect(await sent([unavailable, unavailable])).toEqual([3, '0']);
    expect(await sent([unavailable, unavailable, unavailable])).toEqual([3, '14']);
    expect(await sent([notFound])).toEqual([1, '5']);
    await mesh.delete('MeshRetry', 'all');
    await until('calls are sent once', async () => (await sent([unavailable]))[0] === 1);
  });

  it('connectionTimeout ends the wait for an instance that does not speak', async () => {
    const limit = (name: string, connectionTimeout: string) => ({ targetRef: { kind: 'MeshService', name }, default: { connectionTimeout } });
    await mesh.put({ type: 'MeshTimeout', name: 'connections', spec: { to: [limit('mute', '1s'), limit('dumb', '1h')] } });
    await until('the limits are there', async () => {
      const clusters = await web.admin('/config_dump?resource=dynamic_active_clusters');
      return clusters.includes('"connect_timeout": "3600s"') && clusters.includes('"connect_timeout": "1s"');
    });
    // The listeners change with the clusters, and a call that is under way then is cut.
    await until('a call ends at the limit', async () => (await httpGet(urlOf(to.mute))).status === 503);
    let waits = true;
    const patient = httpGet(urlOf(to.dumb)).finally(() => (waits = false));
    expect(await httpGet(urlOf(to.mute))).toMatchObject({ status: 503, body: expect.stringContaining('connection timeout') as string });
    expect(waits).toBe(true);
    await mesh.delete('Dataplane', 'dumb');
    await patient;
    await mesh.delete('MeshTimeout', 'connections');
  });

  it('maxConnectionDuration has a busy connection take turns with others, at no request\'s expense', async () => {
    const counter = async (name: string): Promise<number> => Number(new RegExp(`${name}: (\\d+)`).exec(await web.admin(`/stats?filter=^cluster.backend.${name}$`))?.[1]);
    const connections = await counter('upstream_cx_total');
    for (let index = 0; index < 20; index++) await httpGet(urlOf(to.backend));
    expect([await counter('upstream_cx_total'), await counter('upstream_cx_max_duration_reached')]).toEqual([connections, 0]);
    await mesh.put({ type: 'MeshTimeout', name: 'short-lived', spec: { to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, default: { http: { maxConnectionDuration: '500ms' } } }] } });
    await until('connections reach their age', async () => {
      expect((await httpGet(urlOf(to.backend))).status).toBe(200);
      return (await counter('upstream_cx_max_duration_reached')) >= 3;
    });
    await mesh.delete('MeshTimeout', 'short-lived');
  });

  it('an idle connection is closed, and headers that do not come are not waited for', async () => {
    await mesh.put(pageExample('policies/meshtimeout.md', 'backend'));
    await until('a request that never ends its headers gets 408', async () => (await halfRequest()).startsWith('HTTP/1.1 408'));
    expect(await idleConnection()).toBe('closed');
    await mesh.delete('MeshTimeout', 'backend');
  });

  it.each([
    ['streamIdleTimeout', 'stream timeout'], ['maxStreamDuration', 'upstream max stream duration reached'], ['requestTimeout', 'upstream request timeout'],
  ])('%s ends a request without an answer', async (field, body) => {
    // Without the limit the request would wait for ever.
    respond = () => undefined;
    const http = { requestTimeout: '0s', streamIdleTimeout: '0s', maxStreamDuration: '0s', [field]: '1s' };
    await mesh.put({ type: 'MeshTimeout', name: 'one', spec: { to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, default: { http } }] } });
    await until('the request is ended', async () => (await httpGet(urlOf(to.backend))).body === body);
    expect(await httpGet(urlOf(to.backend))).toMatchObject({ status: 504, body });
    await mesh.delete('MeshTimeout', 'one');
  });

  it('MeshTLS: a version below the least is refused', async () => {
    expect(await handshake('TLSv1.2')).not.toContain('PROTOCOL_VERSION');
    await mesh.put({ type: 'MeshTLS', name: 'new-only', spec: { rules: [{ default: { tlsVersion: { min: 'TLS13', max: 'TLS13' } } }] } });
    await until('1.2 is refused', async () => (await handshake('TLSv1.2')).includes('PROTOCOL_VERSION'));
    expect(await handshake('TLSv1.3')).not.toContain('PROTOCOL_VERSION');
    expect((await httpGet(urlOf(to.backend))).status).toBe(200);
    await mesh.delete('MeshTLS', 'new-only');
  });

  it('requests of a route are tried again as its own policy says, others as the policy of the service', async () => {
    // Policies about a route are about outbounds to MeshServices.
    await mesh.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Everywhere' }, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] } });
    const [own = 0, port = 0] = await freePorts(2);
    const outbound = { host: '127.0.26.10', port };
    await mesh.startProxy({ name: 'routed', networking: { address: outbound.host, inbound: [{ port: own, tags: { 'kuma.io/service': 'routed' } }], outbound: [{ address: outbound.host, port, backendRef: { kind: 'MeshService', name: 'backend', port: inbound.port } }] } });
    await mesh.put({ type: 'MeshHTTPRoute', name: 'precious', spec: { to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/precious' } }], default: {} }] }] } });
    const retries = (targetRef: object, numRetries: number) => ({ targetRef, default: { http: { numRetries, retryOn: ['5xx'], backOff: { baseInterval: '1ms', maxInterval: '2ms' } } } });
    await mesh.put({ type: 'MeshRetry', name: 'by-route', spec: { to: [retries({ kind: 'MeshService', name: 'backend' }, 1), retries({ kind: 'MeshHTTPRoute', name: 'precious' }, 3)] } });
    respond = (_req, res) => void res.writeHead(503).end();
    const sent = async (path: string): Promise<number> => {
      const before = backend.requests.length;
      await httpGet(`${urlOf(outbound)}${path}`);
      return backend.requests.length - before;
    };
    await until('both are tried again', async () => (await sent('/precious')) === 4 && (await sent('/')) === 2);
    expect([await sent('/precious/a'), await sent('/other'), await sent('/precious')]).toEqual([4, 2, 4]);
    await mesh.delete('MeshRetry', 'by-route');
    await until('requests are sent once', async () => (await sent('/precious')) === 1 && (await sent('/')) === 1);
  });

  async function spoken(count: number): Promise<string[]> {
    const answers: string[] = [];
    for (let index = 0; index < count; index++) answers.push(await sayLine(to.lines, 'x'));
    return answers;
  }

  /** What comes back for a request whose headers do not end. */
  function halfRequest(): Promise<string> {
    return new Promise((resolve) => {
      let received = '';
      const socket = connectTcp(to.backend.port, to.backend.host, () => socket.write('GET / HTTP/1.1\r\nHost: backend\r\n'));
      socket.setTimeout(5_000, () => socket.destroy());
      socket.on('data', (chunk: Buffer) => (received += chunk.toString())).on('error', () => undefined).on('close', () => resolve(received));
    });
  }

  /** How a connection ends on which nobody says anything. */
  function idleConnection(): Promise<string> {
    return new Promise((resolve) => {
      const socket = connectTcp(to.lines.port, to.lines.host);
      socket.setTimeout(40_000, () => resolve('still open'));
      socket.resume().on('error', () => undefined).on('close', () => resolve('closed'));
    });
  }

  /** The error of a handshake with this version and no certificate; empty where there is none. */
  function handshake(version: 'TLSv1.2' | 'TLSv1.3'): Promise<string> {
    return new Promise((resolve) => {
      const socket = connectTls({ host: inbound.host, port: inbound.port, minVersion: version, maxVersion: version, rejectUnauthorized: false }, () => { socket.destroy(); resolve(''); });
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(`${error.code ?? ''} ${error.message}`));
    });
  }
});
