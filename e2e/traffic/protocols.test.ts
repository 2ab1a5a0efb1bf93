import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { grpcCall, Http2App, http2Get } from '../harness/http2-app.ts';
import { LineApp, sayLine } from '../harness/line-app.ts';
import { call, serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

const NOWHERE: Endpoint = { host: '127.0.0.1', port: 1 };

/** One service per protocol, and `web` that calls each; the mesh's mTLS changes from test to test. */
describe('protocols and modes of mTLS, on real Envoys', () => {
  let mesh: TestMesh;
  let apps: { close(): Promise<void> }[] = [];
  /** Outbounds of `web`, and the inbounds themselves. */
  const outbound = { http: NOWHERE, http2: NOWHERE, grpc: NOWHERE, tcp: NOWHERE };
  const inbound = { http: NOWHERE, http2: NOWHERE, grpc: NOWHERE, tcp: NOWHERE };
  const protocols = ['http', 'http2', 'grpc', 'tcp'] as const;

  beforeAll(async () => {
    mesh = await TestMesh.start({ mtls: 'off' });
    await mesh.allowAll();
    const [http = 0, http2 = 0, grpc = 0, tcp = 0] = await freePorts(4);
    apps = [
      await HttpApp.listen({ name: 'http', host: '127.0.0.1', port: http }), await Http2App.listen({ name: 'http2', port: http2 }),
      await Http2App.listen({ name: 'grpc', port: grpc }), await LineApp.listen({ name: 'tcp', port: tcp }),
    ];
    const ports = { http, http2, grpc, tcp };
    for (const [index, protocol] of protocols.entries()) inbound[protocol] = await serve(mesh, { name: `${protocol}-app`, address: `127.0.5.${index + 1}`, protocol }, ports[protocol]);
    const web = await call(mesh, { name: 'web', address: '127.0.5.9' }, protocols.map((protocol) => `${protocol}-app`));
    for (const [index, protocol] of protocols.entries()) outbound[protocol] = web.outbounds[index] ?? NOWHERE;
    await until('every protocol is answered without mTLS', () => answers(outbound));
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all(apps.map((app) => app.close()));
  });

  it('off → PERMISSIVE → STRICT → PERMISSIVE loses no request', async () => {
    const traffic = new SteadyTraffic(urlOf(outbound.http));
    const identified = async (): Promise<boolean> => (await lastCaller()).includes('spiffe://default/web');
    const flows = async (): Promise<void> => {
      const seen = traffic.sent;
      await until('requests go on', async () => traffic.sent >= seen + 50);
    };
    await flows();
    await mesh.setMtls('PERMISSIVE');
    await until('callers use their identity', identified);
    await flows();
    await mesh.setMtls('STRICT');
    await until('plaintext is refused', async () => (await httpGet(urlOf(inbound.http))).status === 0);
    await flows();
    await mesh.setMtls('PERMISSIVE');
    await until('plaintext is answered again', async () => (await httpGet(urlOf(inbound.http))).status === 200);
    await flows();
    expect(await traffic.stop()).toEqual([]);
  });

  it('PERMISSIVE: plaintext and mesh traffic are both answered', async () => {
    await mesh.setMtls('PERMISSIVE');
    await until('mesh traffic is answered', () => answers(outbound));
    await until('plaintext is answered', () => answers(inbound));
    expect(await answers(outbound)).toBe(true);
  });

  it('MeshTLS makes one workload strict in a permissive mesh', async () => {
    const strict = (mode: string) => ({ type: 'MeshTLS', name: 'one', spec: { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'http-app' } }, from: [{ targetRef: { kind: 'Mesh' }, default: { mode } }] } });
    await mesh.put(strict('Strict'));
    await until('plaintext to it is refused', async () => (await httpGet(urlOf(inbound.http))).status === 0);
    expect((await httpGet(urlOf(outbound.http))).status).toBe(200);
    expect(await sayLine(inbound.tcp, 'plain')).toBe('tcp: plain');
    await mesh.setMtls('STRICT');
    await until('plaintext to the others is refused', async () => (await sayLine(inbound.tcp, 'plain')) === '');
    await mesh.put(strict('Permissive'));
    await until('plaintext to it is answered in a strict mesh', async () => (await httpGet(urlOf(inbound.http))).status === 200);
    expect(await sayLine(inbound.tcp, 'plain')).toBe('');
    await mesh.delete('MeshTLS', 'one');
    await until('it is strict like the rest', async () => (await httpGet(urlOf(inbound.http))).status === 0);
  });

  it('STRICT: every protocol is answered over mTLS, and none in plaintext', async () => {
    await mesh.setMtls('STRICT');
    await until('every protocol is answered', () => answers(outbound));
    expect(await grpcCall(outbound.grpc, 'hello')).toMatchObject({ status: 200, body: expect.stringContaining('hello') as string, trailers: { 'grpc-status': '0' } });
    expect((await httpGet(urlOf(inbound.http))).status).toBe(0);
    expect((await http2Get(inbound.http2)).status).toBe(0);
    expect((await grpcCall(inbound.grpc, 'hello')).status).toBe(0);
    expect(await sayLine(inbound.tcp, 'hello')).toBe('');
  });

  it('a denial closes a tcp connection and fails a call of gRPC', async () => {
    await mesh.delete('MeshTrafficPermission', 'allow-all');
    await until('tcp is denied', async () => (await sayLine(outbound.tcp, 'hello')) === '');
    await until('gRPC is denied', async () => Number((await grpcCall(outbound.grpc, 'hello')).trailers['grpc-status'] ?? 0) === 7);
  });

  async function lastCaller(): Promise<string> {
    const [app] = apps;
    return app instanceof HttpApp ? String(app.requests.at(-1)?.headers['x-forwarded-client-cert'] ?? '') : '';
  }
});

/** Whether each protocol's server answers there. */
async function answers(at: Readonly<Record<'http' | 'http2' | 'grpc' | 'tcp', Endpoint>>): Promise<boolean> {
  const [http, http2, grpc, tcp] = await Promise.all([httpGet(urlOf(at.http)), http2Get(at.http2), grpcCall(at.grpc, 'hi'), sayLine(at.tcp, 'hello')]);
  return http.status === 200 && http2.body === 'http2' && grpc.trailers['grpc-status'] === '0' && tcp === 'tcp: hello';
}
