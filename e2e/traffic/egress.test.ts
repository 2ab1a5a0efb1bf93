import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpApp, httpGet } from '../harness/http-app.ts';
import { OutsideCa, OutsideServer } from '../harness/outside-server.ts';
import { urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

const WEB = '127.0.22.1';
const EGRESS = '127.0.22.2';
const OUTSIDE = '127.0.22.3';
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };

/** `web` calls servers outside by way of the zone's egress. */
describe('a zone egress', () => {
  let mesh: TestMesh;
  let egress: TestProxy;
  let egressPort: number;
  let web: TestProxy;
  let plain: HttpApp;
  let secure: OutsideServer;
  let partner: OutsideCa;
  let ports: Readonly<Record<'plain' | 'secure' | 'mutual', number>>;
  const outbounds = new Map<string, Endpoint>();

  const external = (name: string, spec: object): Promise<void> => mesh.put({ type: 'MeshExternalService', name, spec: { match: { type: 'HostnameGenerator', port: 80, protocol: 'http' }, ...spec } });
  const ask = async (name: string): Promise<{ readonly status: number; readonly body: string }> => httpGet(urlOf(outbounds.get(name) ?? { host: WEB, port: 0 }));
  const answers = async (name: string, status: number): Promise<boolean> => (await ask(name)).status === status;
  const startEgress = async (): Promise<void> => {
    egress = await mesh.startProxy({ name: 'way-out', zoneProxy: 'egress', networking: { address: EGRESS, port: egressPort }, token: await mesh.api.issueToken('zone', { zone: 'default', scope: ['egress'], validFor: '1h' }) });
  };
  const stat = async (name: string, what: string): Promise<number> => Number(new RegExp(`${what}: (\\d+)`).exec(await egress.admin(`/stats?filter=cluster.default_${name}__default_extsvc_80.${what}`))?.[1] ?? 0);

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    partner = await OutsideCa.create('partner');
    const [a = 0, b = 0, c = 0, way = 0, inbound = 0, app = 0, ...own] = await freePorts(10);
    egressPort = way;
    ports = { plain: a, secure: b, mutual: c };
    plain = await HttpApp.listen({ name: 'outside', host: OUTSIDE, port: ports.plain });
    secure = await OutsideServer.listen({ host: OUTSIDE, port: ports.secure, dnsName: 'api.partner.test', ca: partner });
    const names = ['plain', 'secure', 'mutual', 'tagged'];
    names.forEach((name, at) => outbounds.set(name, { host: WEB, port: own[at] ?? 0 }));
    await external('plain', { endpoints: [{ address: OUTSIDE, port: ports.plain }] });
    web = await mesh.startProxy({ name: 'web', networking: {
      address: WEB,
      inbound: [{ port: inbound, servicePort: app, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' } }],
      outbound: [...outbounds].map(([name, { host, port }]) => ({ address: host, port, ...(name === 'tagged' ? { tags: { 'kuma.io/service': name } } : { backendRef: { kind: 'MeshExternalService', name, port: 80 } }) })),
    } });
  });
  afterAll(async () => {
    await mesh.close();
    await Promise.all([plain, secure].map((server) => server.close()));
  });

  it('without one nothing is reached, and the reason is in the answer', async () => {
    await until('the outbound answers', () => answers('plain', 503));
    expect((await ask('plain')).body).toContain('no healthy upstream');
  });

  it('leads to a server outside', async () => {
    await startEgress();
    await until('a call arrives', () => answers('plain', 200));
    const before = await stat('plain', 'upstream_rq_completed');
    expect((await ask('plain')).body).toBe('outside');
    expect(await stat('plain', 'upstream_rq_completed')).toBe(before + 1);
    expect(plain.requests.at(-1)?.headers).not.toHaveProperty('x-kuma-tags');
    expect(await web.admin('/clusters')).toContain(`${EGRESS}:${egressPort}`);
  });

  it('speaks TLS there, and believes only whom the CA vouches for, by the name that it asks for', async () => {
    const tls = (verification: object): object => ({ endpoints: [{ address: OUTSIDE, port: ports.secure }], tls: { enabled: true, verification } });
    const secret = (pem: string): Promise<void> => mesh.put({ type: 'Secret', name: 'partner-ca', data: Buffer.from(pem).toString('base64') });
    await secret((await OutsideCa.create('somebody-else')).caPem);
    await external('secure', tls({ serverName: 'api.partner.test', caCert: { secret: 'partner-ca' } }));
    await until('another CA is not believed', async () => (await answers('secure', 503)) && (await stat('secure', 'ssl.fail_verify_error')) > 0);
    await secret(partner.caPem);
    await until('the CA in the Secret counts at once', () => answers('secure', 200));
    expect(JSON.parse((await ask('secure')).body)).toMatchObject({ called: 'api.partner.test', client: null });
    await external('secure', tls({ serverName: 'other.partner.test', caCert: { secret: 'partner-ca' } }));
    await until('another name is not believed', async () => (await answers('secure', 503)) && (await stat('secure', 'ssl.fail_verify_san')) > 0);
    await external('secure', tls({ serverName: 'other.partner.test', caCert: { secret: 'partner-ca' }, subjectAltNames: [{ type: 'Prefix', value: 'api.' }] }));
    await until('the names that are given count', () => answers('secure', 200));
    await external('secure', tls({ mode: 'SkipAll' }));
    await until('nobody is asked who they are', async () => (await ask('secure')).body.includes('"called":false'));
  });

  it('shows a certificate to a server that asks for one; its key is nowhere to be read', async () => {
    const strict = await OutsideServer.listen({ host: OUTSIDE, port: ports.mutual, dnsName: 'strict.partner.test', ca: partner, asksClients: true });
    const { cert, key } = await partner.certificate('our-shop');
    const spec = (verification: object): object => ({ endpoints: [{ address: OUTSIDE, port: ports.mutual }], tls: { enabled: true, verification: { serverName: 'strict.partner.test', caCert: { inlineString: partner.caPem }, ...verification } } });
    await external('mutual', spec({}));
    await until('without one it is refused', () => answers('mutual', 503));
    await external('mutual', spec({ clientCert: { inlineString: cert }, clientKey: { inlineString: key } }));
    await until('with one it is let in', () => answers('mutual', 200));
    expect(JSON.parse((await ask('mutual')).body)).toMatchObject({ client: 'our-shop' });
    for (const text of [await egress.admin('/config_dump'), mesh.planeOutput]) expect(text).not.toContain(key.split('\n')[1]);
    await strict.close();
  });

  it('is where a route leads, and is treated as policies say', async () => {
    await mesh.put({ type: 'MeshHTTPRoute', name: 'split', spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshExternalService', name: 'mutual' }, rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: { backendRefs: [{ kind: 'MeshExternalService', name: 'plain', port: 80 }] } }] }] } });
    await until('the route leads to the other server', async () => (await ask('mutual')).body === 'outside');
    await mesh.delete('MeshHTTPRoute', 'split');
    await mesh.put({ type: 'MeshCircuitBreaker', name: 'few', spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshExternalService', name: 'plain' }, default: { connectionLimits: { maxRequests: 7 } } }] } });
    await until('the egress has the limit', async () => /default_plain__default_extsvc_80::default_priority::max_requests::7/.test(await egress.admin('/clusters')));
    await mesh.delete('MeshCircuitBreaker', 'few');
  });

  it('refuses everyone where the mesh forbids what lies outside', async () => {
    const put = (routing: object): Promise<void> => mesh.put({ type: 'Mesh', name: 'default', mtls: MTLS, routing });
    await put({ defaultForbidMeshExternalServiceAccess: true });
    await until('a call is refused', () => answers('plain', 403));
    await until('the log names the refusal', async () => egress.agent.output.includes('rbac_access_denied'));
    await put({});
    await until('a call arrives again', () => answers('plain', 200));
  });

  it('that goes is missed, and found again; what is there serves on while the control plane is away', async () => {
    await mesh.stopPlane();
    expect(await ask('plain')).toMatchObject({ status: 200 });
    await mesh.startPlane();
    await mesh.stopProxy('way-out');
    await until('nobody answers', () => answers('plain', 503));
    await startEgress();
    await until('a call arrives again', () => answers('plain', 200));
  });

  it('leads to ExternalServices where the mesh wants that; else sidecars dial them', async () => {
    await mesh.put({ type: 'ExternalService', name: 'tagged', networking: { address: `${OUTSIDE}:${ports.plain}` }, tags: { 'kuma.io/service': 'tagged', 'kuma.io/protocol': 'http' } });
    await until('it is dialled', async () => (await ask('tagged')).body === 'outside');
    expect(await web.admin('/clusters')).toContain(`tagged::${OUTSIDE}:${ports.plain}`);
    await mesh.put({ type: 'Mesh', name: 'default', mtls: MTLS, routing: { zoneEgress: true } });
    await until('it is reached by way of the egress', async () => (await web.admin('/clusters')).includes(`tagged::${EGRESS}:${egressPort}`) && await answers('tagged', 200));
    expect(await egress.admin('/stats?filter=cluster.default_tagged.upstream_rq_completed')).toMatch(/: [1-9]/);
    await mesh.put({ type: 'MeshTrafficPermission', name: 'nobody-there', spec: { targetRef: { kind: 'MeshService', name: 'tagged' }, from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Deny' } }] } });
    await until('a call is refused', () => answers('tagged', 403));
    expect(await ask('plain')).toMatchObject({ status: 200 });
  });
});
