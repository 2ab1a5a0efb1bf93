import { selfSignedCertificate } from '@weft/grpc-transport/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpApp, httpGet } from '../harness/http-app.ts';
import { call, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, type TestProxy } from '../harness/test-mesh.ts';

const LATER = { timeout: 60_000, interval: 200 };

/** `web` calls two servers outside the mesh: one over HTTP, by its name, and the control plane's own HTTPS port. mTLS is STRICT; there is no egress. */
describe('ExternalServices without an egress, on a real Envoy', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let web: TestProxy;
  let weather: Endpoint;
  let secure: Endpoint;

  const outside = (name: string, address: string, tls?: object): Promise<void> =>
    mesh.put({ type: 'ExternalService', name, tags: { 'kuma.io/service': name, 'kuma.io/protocol': 'http' }, networking: { address, ...(tls !== undefined && { tls }) } });

  beforeAll(async () => {
    mesh = await TestMesh.start();
    const [appPort = 0] = await freePorts(1);
    app = await HttpApp.listen({ name: 'sunny', host: '127.0.0.1', port: appPort });
    await outside('weather', `localhost:${appPort}`);
    await outside('secure', `127.0.0.1:${mesh.ports.https}`, { enabled: true });
    const { outbounds: [first, second], proxy } = await call(mesh, { name: 'web', address: '127.0.33.1' }, ['weather', 'secure']);
    if (first === undefined || second === undefined) throw new Error('no outbounds');
    web = proxy;
    weather = first;
    secure = second;
  });
  afterAll(async () => {
    await mesh.close();
    await app.close();
  });

  it('is asked by its own name, past mTLS', async () => {
    await expect.poll(async () => (await httpGet(urlOf(weather))).body, LATER).toBe('sunny');
    expect(app.requests.at(-1)?.headers.host).toBe('localhost');
  });

  it('is spoken to with TLS; whoever names a CA wants its signature', async () => {
    await expect.poll(async () => (await httpGet(`${urlOf(secure)}/`)).body, LATER).toContain('"clusterId"');
    const { certificatePem } = await selfSignedCertificate('another');
    await outside('secure', `127.0.0.1:${mesh.ports.https}`, { enabled: true, caCert: { inlineString: certificatePem } });
    await expect.poll(async () => (await httpGet(`${urlOf(secure)}/`)).status, LATER).toBe(503);
    expect(await web.admin('/stats?filter=cluster.secure.ssl.fail_verify_error')).toMatch(/fail_verify_error: [1-9]/);
  });

  it('is for whom a TrafficPermission lets there', async () => {
    const permission = (name: string, source: string, destination: string): Promise<void> => mesh.put({ type: 'TrafficPermission', name, sources: [{ match: { 'kuma.io/service': source } }], destinations: [{ match: { 'kuma.io/service': destination } }] });
    await permission('others', 'shop', 'weather');
    await expect.poll(async () => (await httpGet(urlOf(weather))).status, LATER).toBe(503);
    const before = app.requests.length;
    expect((await httpGet(urlOf(weather))).status).toBe(503);
    expect(app.requests.length).toBe(before);
    await mesh.delete('TrafficPermission', 'others');
    await expect.poll(async () => (await httpGet(urlOf(weather))).body, LATER).toBe('sunny');
  });

  it('goes with its resource', async () => {
    await mesh.delete('ExternalService', 'weather');
    await expect.poll(async () => (await httpGet(urlOf(weather))).status, LATER).not.toBe(200);
  });
});
