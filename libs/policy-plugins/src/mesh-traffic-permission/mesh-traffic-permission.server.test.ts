import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer, request as plainRequest, type IncomingMessage, type Server } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { buildIdentitySecret, buildValidationSecret, type CertificateWithKey, type ProxyContext } from '@weft/envoy-builders';
import type { InboundPolicyRules, InboundView } from '@weft/proxy-view';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildInbound } from '../build.ts';
import { testMeshCa, type TestMeshCa } from '../testing/mesh-certificates.ts';
import { freePort, startEnvoy, type RunningEnvoy } from '../testing/real-envoy.ts';
import { staticBootstrap } from '../testing/static-bootstrap.ts';

const HOST = '127.0.0.1';
const origin = (ruleIndex: number) => ({ resource: { type: 'MeshTrafficPermission', mesh: 'default', name: 'mtp' }, kri: 'kri_mtp_default___mtp_', ruleIndex });
const from = (subset: InboundPolicyRules['from'][number]['subset'], action: string, index: number) => ({ subset, conf: { action }, origins: [origin(index)] });
const service = (value: string) => ({ key: 'kuma.io/service', value, not: false });

const FROM: InboundPolicyRules = {
  inbound: [],
  from: [
    from([service('web'), { key: 'version', value: 'v2', not: false }], 'Deny', 0),
    from([service('web'), { key: 'version', value: 'v2', not: true }], 'Allow', 1),
    from([service('orders')], 'AllowWithShadowDeny', 2),
    from([service('evil')], 'Deny', 3),
  ],
};
const RULES: InboundPolicyRules = {
  inbound: [{
    match: undefined, origin: origin(0),
    conf: { deny: [{ spiffeID: { type: 'Exact', value: 'spiffe://default/evil' } }], allow: [{ spiffeID: { type: 'Prefix', value: 'spiffe://default/' } }], allowWithShadowDeny: [{ spiffeID: { type: 'Exact', value: 'spiffe://default/orders' } }] },
  }],
  from: [],
};

let ca: TestMeshCa;
let app: Server;
let tcpApp: TcpServer;
let envoy: RunningEnvoy;
const ports = { from: 0, rules: 0, permissive: 0, tcp: 0 };
const logs = join(tmpdir(), `weft-rbac-${process.pid}.log`);
const callers: Record<string, CertificateWithKey> = {};

beforeAll(async () => {
  ca = await testMeshCa('default');
  for (const name of ['web', 'orders', 'evil', 'other']) callers[name] = await ca.leaf(name, { version: ['v1'] });
  callers['web-v2'] = await ca.leaf('web', { version: ['v2'] });
  callers['stranger'] = await (await testMeshCa('default')).leaf('web');
  app = createServer((request, response) => response.end(`hello ${String(request.headers['x-forwarded-client-cert'] ?? 'nobody')}`)).listen(0, HOST);
  tcpApp = createTcpServer((socket) => socket.once('data', () => socket.end('hello')).on('error', () => undefined)).listen(0, HOST);
  await Promise.all([once(app, 'listening'), once(tcpApp, 'listening')]);
  for (const name of ['from', 'rules', 'permissive', 'tcp'] as const) ports[name] = await freePort();
  await startProxy();
});

afterAll(async () => {
  await envoy.stop();
  app.close();
  tcpApp.close();
  rmSync(logs, { force: true });
});

async function startProxy(): Promise<void> {
  const http = { protocol: 'http', workload: (app.address() as AddressInfo).port } as const;
  const inbounds = [
    inbound({ ...http, port: ports.from, tls: 'strict', rules: FROM }),
    inbound({ ...http, port: ports.rules, tls: 'strict', rules: RULES }),
    inbound({ ...http, port: ports.permissive, tls: 'permissive', rules: FROM }),
    inbound({ protocol: 'tcp', workload: (tcpApp.address() as AddressInfo).port, port: ports.tcp, tls: 'strict', rules: FROM }),
  ].flatMap((view) => buildInbound(view, CONTEXT));
  const secrets = [buildIdentitySecret('identity_cert:secret:default', await ca.leaf('backend')), buildValidationSecret('mesh_ca:secret:default', [ca.caPem])];
  // The three http inbounds share one workload, and so one cluster.
  const resources = [...new Map([...inbounds, ...secrets].map((resource) => [`${resource.type}/${resource.name}`, resource])).values()];
  const adminPort = await freePort();
  envoy = await startEnvoy(staticBootstrap(resources, { inlineRoutes: true, staticSecrets: true, adminPort }), adminPort);
}

const CONTEXT: ProxyContext = {
  mesh: { name: 'default', mtls: { backend: 'ca-1', mode: 'STRICT' }, passthrough: true, meshServicesMode: 'Disabled' },
  unifiedNaming: false, reusePort: false, transparentProxy: undefined, ipv6Enabled: false, proxyAddress: HOST, denialLogPath: logs,
};

function inbound({ port, protocol, workload, tls, rules }: { port: number; protocol: 'http' | 'tcp'; workload: number; tls: 'strict' | 'permissive'; rules: InboundPolicyRules }): InboundView {
  return {
    address: HOST, port, name: undefined, workload: { address: HOST, port: workload }, protocol, service: 'backend', tags: { 'kuma.io/service': 'backend', 'kuma.io/protocol': protocol },
    tls: { mode: tls }, rules: { MeshTrafficPermission: rules },
  };
}

interface Answer { readonly status: number; readonly body: string }

async function call(port: number, caller: string | undefined): Promise<Answer> {
  const identity = caller === undefined ? undefined : callers[caller];
  const options = { host: HOST, port, agent: false };
  const mesh = identity === undefined ? {} : { cert: identity.certificateChainPem, key: identity.privateKeyPem, ca: ca.caPem, checkServerIdentity: () => undefined, ALPNProtocols: ['kuma'] };
  const request = identity === undefined ? plainRequest(options) : tlsRequest({ ...options, ...mesh });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, body };
}

const stat = async (pattern: string): Promise<string> => envoy.admin(`/stats?filter=${encodeURIComponent(pattern)}`);
const denialLogged = async (text: string): Promise<void> => expect.poll(() => readFileSync(logs, 'utf8'), { timeout: 10_000 }).toContain(text);

describe('from, on a real Envoy', () => {
  it('lets in whom a rule allows, and passes the SPIFFE id on', async () => {
    const answer = await call(ports.from, 'web');
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('URI=spiffe://default/web;URI=kuma://kuma.io/service/web;URI=kuma://version/v1');
  });

  it('names the rule that denies in statistics and in the access log', async () => {
    expect((await call(ports.from, 'evil')).status).toBe(403);
    expect(await stat('policy.*from_3')).toMatch(/from_3\.denied: 1/);
    await denialLogged('rbac_access_denied_matched_policy[kri_mtp_default___mtp_from_3]');
  });

  it('names the default denial', async () => {
    expect((await call(ports.from, 'other')).status).toBe(403);
    expect(await stat('policy\\.default')).toMatch(/default\.denied: 1/);
    await denialLogged('denied "GET /" from spiffe://default/other,kuma://kuma.io/service/other,kuma://version/v1 to ');
    await denialLogged('rbac_access_denied_matched_policy[default]');
  });

  it('tells tags apart, present and absent', async () => {
    expect((await call(ports.from, 'web-v2')).status).toBe(403);
    expect(await stat('policy.*from_0')).toMatch(/from_0\.denied: 1/);
  });

  it('only counts a shadow denial', async () => {
    const before = await stat('shadow_denied');
    expect((await call(ports.from, 'orders')).status).toBe(200);
    expect(before).toMatch(/rbac\.shadow_denied: 0/);
    expect(await stat('rbac.shadow_denied')).toMatch(/rbac\.shadow_denied: 1/);
  });
});

describe('rules, on a real Envoy', () => {
  it('denies before it allows, by the SPIFFE id among several URIs', async () => {
    expect((await call(ports.rules, 'other')).status).toBe(200);
    expect((await call(ports.rules, 'orders')).status).toBe(200);
    expect((await call(ports.rules, 'evil')).status).toBe(403);
    await denialLogged('rbac_access_denied_matched_policy[kri_mtp_default___mtp_]');
  });
});

describe('who is no peer', () => {
  it.each(['from', 'rules', 'tcp'] as const)('plaintext is refused under STRICT: %s', async (port) => {
    await expect(call(ports[port], undefined)).rejects.toThrow();
  });

  it('a certificate of another CA is refused', async () => {
    await expect(call(ports.from, 'stranger')).rejects.toThrow();
  });

  it('PERMISSIVE takes plaintext, and holds mesh peers to the rules', async () => {
    expect(await call(ports.permissive, undefined)).toMatchObject({ status: 200, body: 'hello nobody' });
    expect((await call(ports.permissive, 'web')).status).toBe(200);
    expect((await call(ports.permissive, 'evil')).status).toBe(403);
  });
});

describe('tcp, on a real Envoy', () => {
  it('passes bytes of whom a rule allows and closes on everyone else, naming the rule', async () => {
    expect(await bytesFrom('web')).toBe('hello');
    expect(await bytesFrom('evil')).toBe('');
    await denialLogged('denied connection from spiffe://default/evil');
    expect(await stat('inbound_127_0_0_1.*rbac.denied')).toMatch(/rbac\.denied: 1/);
  });
});

it('only denials are logged', () => {
  const lines = readFileSync(logs, 'utf8').trim().split('\n');
  expect(lines.filter((line) => !line.includes('rbac_access_denied'))).toEqual([]);
});

async function bytesFrom(caller: string): Promise<string> {
  const identity = callers[caller];
  const socket = connect({ host: HOST, port: ports.tcp, cert: identity?.certificateChainPem, key: identity?.privateKeyPem, ca: ca.caPem, checkServerIdentity: () => undefined });
  let received = '';
  socket.on('data', (chunk) => { received += String(chunk); }).on('error', () => undefined);
  socket.on('secureConnect', () => socket.write('?'));
  await once(socket, 'close');
  return received;
}
