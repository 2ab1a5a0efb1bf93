import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { leafTemplate, loadAuthority, serverTemplate, signCertificate, type CertificateTemplate } from '@weft/ca-core';
import { makeSigningRequest } from '@weft/ca-core/testing';
import { nodeCertificateCrypto } from '@weft/ca-crypto-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type ProxyHost, type TestProxy } from '../harness/test-mesh.ts';
import { Weftctl } from '../harness/weftctl.ts';

const ADMIN_PORT = 9901;

/** An agent whose Envoy names things by what they stand for, in a mesh of MeshServices. */
const UNIFIED: ProxyHost = { controlPlane: '127.0.0.1', command: (args) => args, prepare: () => undefined, flags: [], env: { KUMA_DATAPLANE_RUNTIME_UNIFIED_RESOURCE_NAMING_ENABLED: 'true' } };

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** `web` calls `backend`; an operator looks into both Envoys through the control plane. */
describe('Envoy admin through the control plane', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let backend: TestProxy;
  let url: string;
  let inboundPort: number;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    const [appPort = 0] = await freePorts(1);
    app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
    const served = await serve(mesh, { name: 'backend', address: '127.0.9.1' }, appPort);
    backend = served.proxy;
    inboundPort = served.port;
    const { outbounds: [outbound = { host: '', port: 0 }] } = await call(mesh, { name: 'web', address: '127.0.9.2' }, ['backend']);
    url = urlOf(outbound);
    await until('a request gets through', async () => (await httpGet(url)).status === 200);
  });

  afterAll(async () => {
    await mesh.close();
    await app.close();
  });

  const inspect = (rest: string): Promise<Answer> => get(`${mesh.api.url}/meshes/default/dataplanes/${rest}`);

  async function dump(rest: string): Promise<{ readonly text: string; readonly types: Readonly<Record<string, Record<string, unknown>>> }> {
    const { status, type, text } = await inspect(rest);
    expect([status, type]).toEqual([200, 'application/json']);
    const { configs } = JSON.parse(text) as { configs: { '@type': string }[] };
    return { text, types: Object.fromEntries(configs.map((config) => [config['@type'].split('.').at(-1) ?? '', config])) };
  }

  it('the config dump has what Envoy really holds, and endpoints where they are asked for', async () => {
    const { types } = await dump('web/xds');
    const listeners = (types['ListenersConfigDump']?.['dynamic_listeners'] as { name: string }[]).map(({ name }) => name);
    expect(listeners).toContain(`outbound:${new URL(url).host}`);
    expect(listeners).toContain('kuma:envoy:admin');
    expect(types).not.toHaveProperty('EndpointsConfigDump');
    const endpoints = (await dump('web/xds?include_eds=true')).types['EndpointsConfigDump'];
    expect(JSON.stringify(endpoints)).toContain('127.0.9.1');
  });

  it('the config dump gives nothing away that entitles to something', async () => {
    const { text, types } = await dump('web/xds?include_eds=true');
    const inline = [...text.matchAll(/"inline_bytes": "([^"]*)"/g)].map(([, base64 = '']) => Buffer.from(base64, 'base64').toString());
    expect(inline).toContain('[redacted]');
    expect(inline.join('\n') + text).not.toMatch(/PRIVATE KEY|eyJ[\w-]+\.eyJ/);
    expect(JSON.stringify(types['BootstrapConfigDump'])).toMatch(/"authorization","value":"\[redacted\]"/);
  });

  it('stats and clusters count the traffic', async () => {
    const counted = async (): Promise<number> => Number(/^cluster\.backend\.upstream_rq_200: (\d+)$/m.exec((await inspect('web/stats')).text)?.[1] ?? 0);
    const before = await counted();
    for (let sent = 0; sent < 5; sent++) expect((await httpGet(url)).status).toBe(200);
    expect(await counted()).toBe(before + 5);
    const clusters = await inspect('web/clusters');
    expect([clusters.status, clusters.type]).toEqual([200, 'text/plain']);
    expect(clusters.text).toContain(`backend::127.0.9.1:${inboundPort}::rq_success::${before + 5}`);
    const json = await inspect('web/clusters?format=json');
    expect(json.type).toBe('application/json');
    expect((JSON.parse(json.text) as { cluster_statuses: { name: string }[] }).cluster_statuses.map(({ name }) => name)).toContain('backend');
    const stats = JSON.parse((await inspect('web/stats?format=json')).text) as { stats: { name?: string }[] };
    expect(stats.stats.length).toBeGreaterThan(10);
  });

  it('statistics that were never used are left out unless they are asked for', async () => {
    const never = 'cluster.backend.upstream_rq_per_try_timeout';
    expect((await inspect('web/stats')).text).not.toContain(`${never}:`);
    expect((await inspect('web/stats?usedonly=false')).text).toContain(`${never}: 0`);
  });

  it('weftctl prints what Envoy says', async () => {
    const weftctl = await Weftctl.of(mesh.api.url);
    expect(JSON.parse((await weftctl.run('inspect', 'dataplane', 'web', '--type', 'config-dump', '--include-eds')).out)).toHaveProperty('configs');
    expect((await weftctl.run('inspect', 'dataplane', 'web', '--type', 'stats')).out).toContain('cluster.backend.upstream_rq_200: ');
    expect((await weftctl.run('inspect', 'dataplane', 'web', '--type', 'clusters')).out).toContain('backend::127.0.9.1');
    expect(await weftctl.run('inspect', 'dataplane', 'nobody', '--type', 'stats')).toMatchObject({ code: 1, err: expect.stringContaining('Could not execute admin operation') as string });
    weftctl.close();
  });

  it('nobody but the control plane may reach the admin interface', async () => {
    // In plaintext there is readiness and nothing else.
    expect(await get(`http://127.0.9.2:${ADMIN_PORT}/ready`)).toMatchObject({ status: 200 });
    expect(await get(`http://127.0.9.2:${ADMIN_PORT}/config_dump`)).toMatchObject({ status: 404 });
    await expect(knock({})).rejects.toThrow();
    await expect(knock(await signed(`/meshes/default/secrets/default.ca-builtin-`, leafTemplate({ mesh: 'default', services: ['web'], tags: {} }, Date.now(), 3_600_000)))).rejects.toThrow();
    // A proxy's own certificate of this channel does not entitle it to call others.
    await expect(knock(await signed('/globalsecrets/envoy-admin-ca', serverTemplate({ commonName: 'x', dnsNames: ['dataplane.default.web'], ipAddresses: [], uses: ['serverAuth', 'clientAuth'] }, Date.now(), 3_600_000)))).rejects.toThrow();
    // The same way in opens to who is the control plane: what was refused above was the certificate.
    const own = await signed('/globalsecrets/envoy-admin-ca', serverTemplate({ commonName: 'kuma-cp', dnsNames: ['kuma-cp'], ipAddresses: [], uses: ['clientAuth'] }, Date.now(), 3_600_000));
    expect(await knock(own)).toBe(200);
  });

  /** A client certificate signed with the CA in a secret; its name ends in `-cert-ca-1` and `-key-ca-1` where certificate and key are apart. */
  async function signed(path: string, template: CertificateTemplate): Promise<{ readonly cert: string; readonly key: string }> {
    const read = async (at: string): Promise<string> => Buffer.from(String((await mesh.api.getJson(at))['data']), 'base64').toString();
    const pem = path.endsWith('-') ? (await read(`${path}cert-ca-1`)) + (await read(`${path}key-ca-1`)) : await read(path);
    const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----\n?/.exec(pem)?.[0] ?? '';
    const authority = loadAuthority(pem.replace(key, ''), key, { what: path }, nodeCertificateCrypto);
    const { csrPem, keyPem } = await makeSigningRequest();
    const { certificatePem } = await signCertificate({ csrPem, template }, authority, nodeCertificateCrypto);
    return { cert: certificatePem, key: keyPem };
  }

  function knock(identity: { readonly cert?: string; readonly key?: string }): Promise<number> {
    return new Promise((resolve, reject) => {
      requestTls({ host: '127.0.9.2', port: ADMIN_PORT, path: '/config_dump', rejectUnauthorized: false, agent: false, ...identity }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      }).on('error', reject).end();
    });
  }

  it('reaches a proxy with unified names as well, and one that has another admin port', async () => {
    const [inbound = 0, appPort = 0, adminPort = 0] = await freePorts(3);
    await mesh.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Exclusive' }, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } });
    await mesh.startProxy({ name: 'kri', host: UNIFIED, networking: { address: '127.0.9.3', admin: { port: adminPort }, inbound: [{ port: inbound, servicePort: appPort, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'kri' } }] } });
    await until('Envoy answers', async () => (await inspect('kri/clusters')).status === 200);
    const { text, types } = await dump('kri/xds');
    expect(text).toContain('"name": "system_envoy_admin_cert"');
    expect(JSON.stringify(types['ListenersConfigDump'])).toContain(`"port_value":${adminPort}`);
    await mesh.stopProxy('kri');
  });

  it('is right again after a restart of the control plane, and Envoy keeps its certificate', async () => {
    const before = JSON.stringify((await dump('web/xds')).types['SecretsConfigDump']);
    await mesh.restartPlane();
    await until('the proxies are back', async () => (await inspect('web/stats')).status === 200);
    expect(JSON.stringify((await dump('web/xds')).types['SecretsConfigDump'])).toBe(before);
  });

  it('a first look works too after the restart: nobody has looked into that Envoy before', async () => {
    await until('the other proxy is back', async () => (await inspect('backend/stats')).status === 200);
    const secrets = JSON.stringify((await dump('backend/xds')).types['SecretsConfigDump']);
    expect(secrets).toContain('"name":"envoy_admin_cert:secret"');
  });

  it('says why where a proxy does not answer, also one that goes away during the call', async () => {
    const stuck = backend.envoyPid();
    process.kill(stuck, 'SIGSTOP');
    const waiting = inspect('backend/xds');
    expect(JSON.parse((await waiting).text)).toMatchObject({ status: 500, title: 'Could not execute admin operation', detail: expect.stringContaining('127.0.9.1:9901') as string });
    const cut = inspect('backend/xds');
    process.kill(stuck, 'SIGKILL');
    expect((await cut).status).toBe(500);
    await mesh.stopProxy('backend');
    const gone = await inspect('backend/clusters');
    // Its Dataplane goes with it after a while; until then it is only not there.
    expect(gone.status === 500 || gone.status === 404).toBe(true);
    expect(JSON.parse(gone.text)).toMatchObject({ title: 'Could not execute admin operation' });
  });
});

function get(url: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text: Buffer.concat(chunks).toString() }));
    }).on('error', reject).end();
  });
}
