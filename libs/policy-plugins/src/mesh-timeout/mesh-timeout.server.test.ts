import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buildIdentitySecret, buildValidationSecret, type CertificateWithKey } from '@weft/envoy-builders';
import type { InboundView } from '@weft/proxy-view';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildInbound } from '../build.ts';
import { testMeshCa, type TestMeshCa } from '../testing/mesh-certificates.ts';
import { freePort, startEnvoy, type RunningEnvoy } from '../testing/real-envoy.ts';
import { staticBootstrap } from '../testing/static-bootstrap.ts';

const HOST = '127.0.0.1';
const origin = { resource: { type: 'MeshTimeout', mesh: 'default', name: 't' }, kri: 'kri_mt_default___t_', ruleIndex: 0 };
const allowAll = { inbound: [], from: [{ subset: [], conf: { action: 'Allow' }, origins: [origin] }] };
const rule = (type: string, value: string, requestTimeout: string) => ({ match: { spiffeID: { type, value } }, conf: { http: { requestTimeout } }, origin });

let ca: TestMeshCa;
let app: Server;
let envoy: RunningEnvoy;
let port: number;
/** Requests that the workload has not answered yet. */
const waiting: ServerResponse[] = [];

beforeAll(async () => {
  ca = await testMeshCa('default');
  app = createServer((_, response) => waiting.push(response)).listen(0, HOST);
  await once(app, 'listening');
  port = await freePort();
  const view: InboundView = {
    address: HOST, port, name: undefined, workload: { address: HOST, port: (app.address() as AddressInfo).port }, protocol: 'http', service: 'backend', tags: {}, tls: { mode: 'strict' },
    rules: { MeshTrafficPermission: allowAll, MeshTimeout: { from: [], inbound: [rule('Exact', 'spiffe://default/hasty', '100ms'), rule('Prefix', 'spiffe://default/hasty', '10m'), { match: undefined, conf: { http: { requestTimeout: '0s' } }, origin }] } },
  };
  const context = { mesh: { name: 'default', mtls: { backend: 'ca', mode: 'STRICT' }, passthrough: true, meshServicesMode: 'Disabled' }, unifiedNaming: false, reusePort: false, transparentProxy: undefined, ipv6Enabled: false, proxyAddress: HOST } as const;
  const secrets = [buildIdentitySecret('identity_cert:secret:default', await ca.leaf('backend')), buildValidationSecret('mesh_ca:secret:default', [ca.caPem])];
  const adminPort = await freePort();
  envoy = await startEnvoy(staticBootstrap([...buildInbound(view, context), ...secrets], { inlineRoutes: true, staticSecrets: true, adminPort }), adminPort);
});

afterAll(async () => {
  await envoy.stop();
  app.closeAllConnections();
  app.close();
});

it('one caller has a limit of its own, others do not, whatever they say about themselves', async () => {
  const patient = call(await ca.leaf('patient'), { 'x-forwarded-client-cert': 'URI=spiffe://default/hasty' });
  const hastyTwin = call(await ca.leaf('hasty-twin'));
  // The limit of the first is over once this one has its answer, which the workload never gives.
  expect(await call(await ca.leaf('hasty'))).toBe(504);
  await expect.poll(() => waiting.length).toBe(3);
  for (const response of waiting) response.end('done');
  expect(await Promise.all([patient, hastyTwin])).toEqual([200, 200]);
});

async function call(identity: CertificateWithKey, headers: Record<string, string> = {}): Promise<number> {
  const options = { host: HOST, port, agent: false as const, headers, cert: identity.certificateChainPem, key: identity.privateKeyPem, ca: ca.caPem, checkServerIdentity: () => undefined };
  const [response] = (await once(request(options).end(), 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}
