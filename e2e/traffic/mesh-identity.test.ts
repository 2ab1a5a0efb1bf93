import { X509Certificate } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import type { Document } from '@weft/api-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

const DOMAIN = 'default.default.mesh.local';
const ALL = { dataplane: { matchLabels: {} } };

/** `web` calls `backend` by a MeshService without a pause, while the mesh moves from its own CA to a MeshIdentity. The steps are those of docs/identity.md. */
describe('from Mesh.mtls to MeshIdentity', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let web: TestProxy;
  let backend: TestProxy;
  let url: string;
  let inboundPort: number;
  let traffic: SteadyTraffic;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await putMesh(true);
    await mesh.allowAll();
    const [appPort = 0, inbound = 0, webInbound = 0, webApp = 0, outbound = 0] = await freePorts(5);
    inboundPort = inbound;
    app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
    await mesh.put({ type: 'MeshService', name: 'backend', spec: { selector: { dataplaneTags: { 'kuma.io/service': 'backend' } }, ports: [{ port: inbound, targetPort: inbound, appProtocol: 'http' }] } });
    const workload = (name: string) => ({ name, labels: { 'kuma.io/workload': name }, token: undefined });
    backend = await start({ ...workload('backend'), networking: { address: '127.0.7.1', inbound: [{ port: inbound, servicePort: appPort, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'backend', 'kuma.io/protocol': 'http' } }] } });
    web = await start({ ...workload('web'), networking: {
      address: '127.0.7.2', inbound: [{ port: webInbound, servicePort: webApp, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'web' } }],
      outbound: [{ address: '127.0.7.2', port: outbound, backendRef: { kind: 'MeshService', name: 'backend', port: inbound } }],
    } });
    url = `http://127.0.7.2:${outbound}`;
    await until('a request gets through', async () => (await httpGet(url)).status === 200);
    traffic = new SteadyTraffic(url, { workers: 2 });
  });

  afterAll(async () => {
    await traffic.stop();
    await mesh.close();
    await app.close();
  });

  async function start(spec: { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly networking: Document }): Promise<TestProxy> {
    const token = await mesh.api.issueToken('dataplane', { name: spec.name, mesh: 'default', workload: spec.name, validFor: '1h' });
    return mesh.startProxy({ ...spec, token });
  }

  const putMesh = (withCa: boolean) => mesh.put({
    type: 'Mesh', name: 'default', meshServices: { mode: 'Exclusive' },
    ...(withCa && { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } }),
  });

  const putIdentity = (selector: object | undefined, more: object = {}, name = 'main') => mesh.api.put(`/meshes/default/meshidentities/${name}`, {
    type: 'MeshIdentity', mesh: 'default', name, spec: { ...(selector !== undefined && { selector }), provider: { type: 'Bundled', bundled: { autogenerate: { enabled: true }, insecureAllowSelfSigned: true, ...more } } },
  });

  async function isReady(name = 'main'): Promise<boolean> {
    const { status } = (await mesh.api.getJson(`/meshes/default/meshidentities/${name}`)) as { status?: { conditions?: { type: string; status: string }[] } };
    return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
  }

  /** The certificate that backend's inbound shows to whoever knocks. */
  function shown(): Promise<X509Certificate | undefined> {
    return new Promise((resolve) => {
      const socket = connectTls({ host: '127.0.7.1', port: inboundPort, rejectUnauthorized: false, ALPNProtocols: ['kuma'] }, () => {
        const raw = socket.getPeerCertificate().raw as Buffer | undefined;
        resolve(raw === undefined ? undefined : new X509Certificate(raw));
        socket.destroy();
      });
      socket.on('error', () => resolve(undefined));
    });
  }

  /** Runs one step and waits until it shows, then for as many further requests; none of them may be lost. */
  async function withoutLoss(step: () => Promise<unknown>, done: () => Promise<boolean>): Promise<void> {
    await step();
    await until('the step shows', done);
    const seen = traffic.sent;
    await until('requests went through after it', async () => traffic.sent >= seen + 100);
    expect(traffic.lost).toEqual([]);
  }

  /** The client that the app behind `backend` saw last. */
  const caller = async () => String(app.requests.at(-1)?.headers['x-forwarded-client-cert']);
  const san = async () => (await shown())?.subjectAltName ?? '';

  it('starts with the mesh CA', async () => {
    expect(await san()).toContain('spiffe://default/backend');
    expect(await caller()).toContain('URI=spiffe://default/web');
  });

  it('step 1: a MeshIdentity that selects nobody makes its CA trusted', async () => {
    await withoutLoss(() => putIdentity(undefined), async () => (await isReady()) && (await backend.admin('/config_dump')).includes('system_trust_bundle') && (await web.admin('/config_dump')).includes('system_trust_bundle'));
    expect(await san()).toContain('spiffe://default/backend');
  });

  it('step 2: permissions by SPIFFE id, old and new', async () => {
    const spiffe = (value: string) => ({ spiffeID: { type: 'Exact', value } });
    await withoutLoss(
      () => mesh.put({ type: 'MeshTrafficPermission', name: 'web-to-backend', spec: { rules: [{ default: { allow: [spiffe('spiffe://default/web'), spiffe(`spiffe://${DOMAIN}/workload/web`)] } }] } }),
      async () => (await backend.admin('/config_dump')).includes('spiffe://default\\\\.default') || (await backend.admin('/config_dump')).includes('workload/web'),
    );
  });

  it('step 3: one service after the other presents its identity', async () => {
    await withoutLoss(() => putIdentity({ dataplane: { matchLabels: { 'kuma.io/workload': 'backend' } } }), async () => (await san()) === `URI:spiffe://${DOMAIN}/workload/backend`);
    expect(await caller()).toContain('URI=spiffe://default/web');
    await withoutLoss(() => putIdentity(ALL), async () => (await caller()).includes(`URI=spiffe://${DOMAIN}/workload/web`));
  });

  it('step 4: mTLS of the mesh is taken away, and its CA is trusted no more', async () => {
    await withoutLoss(() => putMesh(false), async () => (await Promise.all([web, backend].map((proxy) => proxy.admin('/config_dump')))).every((dump) => !dump.includes('"spiffe://default/"')));
    const sockets = await web.admin('/config_dump?resource=dynamic_active_clusters');
    expect(sockets).toContain('kri_mid_default_default__main_');
    expect(sockets).toContain(`sni.msvc.default.default.backend.${inboundPort}`);
  });

  it('a permission by SPIFFE id decides', async () => {
    await traffic.stop();
    await mesh.put({ type: 'MeshTrafficPermission', name: 'web-to-backend', spec: { rules: [{ default: { allow: [{ spiffeID: { type: 'Exact', value: `spiffe://${DOMAIN}/workload/other` } }] } }] } });
    await until('web is refused', async () => (await httpGet(url)).status === 403);
    await mesh.put({ type: 'MeshTrafficPermission', name: 'web-to-backend', spec: { rules: [{ default: { allow: [{ spiffeID: { type: 'Prefix', value: `spiffe://${DOMAIN}/workload` } }] } }] } });
    await until('web is let in again', async () => (await httpGet(url)).status === 200);
    traffic = new SteadyTraffic(url, { workers: 2 });
  });

  it('leaves rotate at four fifths of their life, and an identity that fits better takes over, without a lost request', async () => {
    const short = { certificateParameters: { expiry: '8s' } };
    await putIdentity({ dataplane: { matchLabels: { 'kuma.io/workload': 'backend' } } }, short, 'short');
    await until('it is ready', () => isReady('short'));
    const serials = new Set<string>();
    await withoutLoss(async () => undefined, async () => {
      const cert = await shown();
      if (cert !== undefined && Date.parse(cert.validTo) - Date.parse(cert.validFrom) < 60_000) serials.add(cert.serialNumber);
      return serials.size >= 3;
    });
  });

  it('a CA of the operator takes over from the generated one, is exchanged, and fails, without a lost request', async () => {
    await putIdentity(undefined, {}, 'donor');
    await until('there is another CA', () => isReady('donor'));
    const secret = async (name: string) => ((await mesh.api.getJson(`/meshes/default/secrets/${name}`)) as { data: string }).data;
    const putSecret = (name: string, data: string) => mesh.api.put(`/meshes/default/secrets/${name}`, { type: 'Secret', mesh: 'default', name, data });
    const give = async (donor: string) => {
      await putSecret('own-cert', await secret(`${donor}-root-ca`));
      await putSecret('own-key', await secret(`${donor}-private-key`));
    };
    const issuedBy = async (donor: string) => (await shown())?.issuer.includes(`CN=${donor}`) === true;
    const source = (name: string) => ({ type: 'Secret', secretRef: { kind: 'Secret', name } });
    await give('main');
    await withoutLoss(
      () => putIdentity({ dataplane: { matchLabels: { 'kuma.io/workload': 'backend', 'kuma.io/zone': 'default' } } }, { autogenerate: { enabled: false }, ca: { certificate: source('own-cert'), privateKey: source('own-key') } }, 'own'),
      () => issuedBy('main'),
    );
    await withoutLoss(() => give('donor'), () => issuedBy('donor'));
    await withoutLoss(() => putSecret('own-key', Buffer.from('no key').toString('base64')), async () => !(await isReady('own')));
    expect(await issuedBy('donor')).toBe(true);
  });

  it('a proxy whose path has no workload gets no config, and is told why', async () => {
    const [port = 0, servicePort = 0] = await freePorts(2);
    const guest = await mesh.launchProxy({ name: 'guest', networking: { address: '127.0.7.3', inbound: [{ port, servicePort, tags: { 'kuma.io/service': 'guest' } }] } });
    await guest.agent.until('it is refused', async () => guest.agent.output.includes('give the Dataplane the label kuma.io/workload'));
  });
});
