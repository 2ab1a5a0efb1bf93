import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { buildIdentitySecret, buildValidationSecret } from '@weft/envoy-builders';
import type { InboundView } from '@weft/proxy-view';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildInbound } from '../build.ts';
import { testMeshCa } from '../testing/mesh-certificates.ts';
import { freePort, startEnvoy, type RunningEnvoy } from '../testing/real-envoy.ts';
import { staticBootstrap } from '../testing/static-bootstrap.ts';

const HOST = '127.0.0.1';
let app: Server;
let envoy: RunningEnvoy;
let port: number;

beforeAll(async () => {
  const ca = await testMeshCa('default');
  // Speaks first, as databases do.
  app = createServer((socket) => { socket.write('welcome\n'); socket.on('error', () => undefined).on('data', (data) => socket.write(`echo ${data.toString()}`)); }).listen(0, HOST);
  await once(app, 'listening');
  port = await freePort();
  const allowAll = { inbound: [], from: [{ subset: [], conf: { action: 'Allow' }, origins: [] }] };
  const view: InboundView = {
    address: HOST, port, name: undefined, workload: { address: HOST, port: (app.address() as AddressInfo).port }, protocol: 'tcp', service: 'db', tags: {}, tls: { mode: 'permissive' },
    rules: { MeshTrafficPermission: allowAll },
  };
  const context = { mesh: { name: 'default', mtls: { backend: 'ca', mode: 'PERMISSIVE' }, passthrough: true, meshServicesMode: 'Disabled' }, unifiedNaming: false, reusePort: false, transparentProxy: undefined, ipv6Enabled: false, proxyAddress: HOST } as const;
  const secrets = [buildIdentitySecret('identity_cert:secret:default', await ca.leaf('db')), buildValidationSecret('mesh_ca:secret:default', [ca.caPem])];
  const adminPort = await freePort();
  envoy = await startEnvoy(staticBootstrap([...buildInbound(view, context), ...secrets], { inlineRoutes: true, staticSecrets: true, adminPort }), adminPort);
});

afterAll(async () => {
  await envoy.stop();
  app.close();
});

it.each([['sends less than a TLS record', 'hi'], ['waits for the server', '']])('a PERMISSIVE inbound serves a plaintext client that %s', async (_, first) => {
  const socket = connect(port, HOST);
  let answer = '';
  const ended = once(socket, 'close');
  socket.on('data', (data: Buffer) => { answer += data.toString(); if (answer.includes(`welcome\n${first === '' ? '' : 'echo hi'}`)) socket.destroy(); });
  if (first !== '') socket.write(first);
  await ended;
  expect(answer).toBe(first === '' ? 'welcome\n' : 'welcome\necho hi');
});
