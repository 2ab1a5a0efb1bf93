import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { call, serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

/** `web` calls `backend` while things go wrong around them. A proxy that stays away for a second is deregistered. */
describe('faults around real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let appPort: number;
  let backend: TestProxy;
  let inbound: Endpoint;
  let url: string;

  beforeAll(async () => {
    mesh = await TestMesh.start({ env: { WEFT_XDS_DATAPLANE_DEREGISTRATION_DELAY: '1s' } });
    await mesh.allowAll();
    [appPort = 0] = await freePorts(1);
    app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
    const served = await serve(mesh, { name: 'backend', address: '127.0.6.1' }, appPort);
    inbound = served;
    backend = served.proxy;
    const caller = await call(mesh, { name: 'web', address: '127.0.6.2' }, ['backend']);
    url = urlOf(caller.outbounds[0] ?? inbound);
    await flowing();
  });

  afterAll(async () => {
    await mesh.close();
    await app.close();
  });

  const flowing = (): Promise<void> => until('a request gets through', async () => (await httpGet(url)).status === 200);
  const registered = async (name: string): Promise<boolean> => (await mesh.api.find(`/meshes/default/dataplanes/${name}`)) !== undefined;

  it('kill -9 of the control plane under writes: what was acknowledged is there, and traffic goes on', async () => {
    const traffic = new SteadyTraffic(url, { workers: 2 });
    const acknowledged: string[] = [];
    let dead = false;
    const writer = async (worker: number): Promise<void> => {
      for (let number = 0; !dead; number++) {
        const name = `written-${worker}-${number}`;
        // The write that the kill cuts off is not acknowledged, whatever became of it.
        await mesh.put({ type: 'MeshTimeout', name, spec: { targetRef: { kind: 'MeshSubset', tags: { none: 'such' } }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '5s' } }] } }).then(() => acknowledged.push(name), () => (dead = true));
      }
    };
    const writers = [0, 1, 2].map(writer);
    await until('writes are acknowledged', async () => acknowledged.length >= 30);
    await mesh.stopPlane('SIGKILL');
    await Promise.all(writers);
    await mesh.startPlane();
    const found = new Set<unknown>();
    for await (const { name } of mesh.api.listAll('/meshes/default/meshtimeouts')) found.add(name);
    expect(acknowledged.filter((name) => !found.has(name))).toEqual([]);
    expect(await traffic.stop()).toEqual([]);
  });

  it('an Envoy that is killed is started again by its agent', async () => {
    const before = backend.envoyPid();
    process.kill(before, 'SIGKILL');
    await until('another Envoy runs', async () => backend.envoyPid() !== before);
    await flowing();
    expect(backend.agent.output).toContain('SIGKILL');
  });

  it('an agent that is killed takes its Envoy along; the dataplane goes, and comes back with the agent', async () => {
    const envoy = backend.envoyPid();
    await mesh.stopProxy('backend', 'SIGKILL');
    await until('its Envoy is dead', async () => !alive(envoy));
    await until('its dataplane is deregistered', async () => !(await registered('backend')));
    ({ proxy: backend } = await serve(mesh, { name: 'backend', address: inbound.host, port: inbound.port }, appPort));
    expect(await registered('backend')).toBe(true);
    await flowing();
  });

  it('a listener that Envoy refuses is told of in the insight, and holds up no other', async () => {
    const [port = 0] = await freePorts(1);
    const tags = { 'kuma.io/service': 'backend', 'kuma.io/protocol': 'http' };
    const stored = await mesh.api.getJson('/meshes/default/dataplanes/backend');
    await mesh.put({
      type: 'Dataplane', name: 'backend', networking: {
        address: inbound.host,
        // TEST-NET-3: no interface has it, so Envoy cannot listen there.
        inbound: [{ port: inbound.port, servicePort: appPort, serviceAddress: '127.0.0.1', tags }, { address: '203.0.113.1', port, servicePort: appPort, serviceAddress: '127.0.0.1', tags: { ...tags, 'kuma.io/service': 'unbindable' } }],
      },
    });
    const nacks = async (): Promise<string> => {
      const overview = (await mesh.api.getJson('/meshes/default/dataplanes/backend/_overview')) as { dataplaneInsight?: { nacks?: unknown } };
      return JSON.stringify(overview.dataplaneInsight?.nacks ?? []);
    };
    await until("Envoy's words are in the insight", async () => /cannot bind '203\.0\.113\.1/.test(await nacks()));
    expect((await httpGet(url)).status).toBe(200);
    await mesh.delete('MeshTrafficPermission', 'allow-all');
    await until('changes still reach the proxy', async () => (await httpGet(url)).status === 403);
    await mesh.allowAll();
    await flowing();
    await mesh.api.put('/meshes/default/dataplanes/backend', stored);
  });

  it('a proxy without a good token is refused with the reason, and others go on', async () => {
    const claims = { mesh: 'default', validFor: '1h' };
    const good = await mesh.api.issueToken('dataplane', { name: 'guest', ...claims });
    const [header = '', payload = ''] = good.split('.');
    const revoked = await mesh.api.issueToken('dataplane', { name: 'guest', ...claims });
    await mesh.api.put('/global-secrets/dataplane-token-revocations-default', { type: 'GlobalSecret', name: 'dataplane-token-revocations-default', data: Buffer.from(idOf(revoked)).toString('base64') });
    const tokens = {
      foreign: await mesh.api.issueToken('dataplane', { name: 'somebody', ...claims }),
      forged: `${header}.${payload}.${Buffer.from('forged').toString('base64url')}`,
      expired: await mesh.api.issueToken('dataplane', { name: 'guest', mesh: 'default', validFor: '1ms' }),
      revoked,
    };
    const reasons: string[] = [];
    const traffic = new SteadyTraffic(url, { workers: 1 });
    const [port = 0, servicePort = 0] = await freePorts(2);
    for (const [kind, token] of Object.entries(tokens)) {
      const guest = await mesh.launchProxy({ name: 'guest', token, networking: { address: '127.0.6.3', inbound: [{ port, servicePort, tags: { 'kuma.io/service': 'guest' } }] } });
      await guest.agent.until(`${kind} token is refused`, async () => guest.agent.output.includes('authentication failed'));
      reasons.push(/authentication failed: ([^\n{]*)/.exec(guest.agent.output)?.[1] ?? '');
      expect(await registered('guest')).toBe(false);
      await mesh.stopProxy('guest', 'SIGKILL');
    }
    expect(reasons).toEqual([
      'the token is for proxy "somebody", this one is "guest"', expect.stringContaining('the signature of the token is wrong') as string,
      expect.stringContaining('the token has expired') as string, expect.stringContaining(`"${idOf(revoked)}" was revoked`) as string,
    ]);
    expect(await traffic.stop()).toEqual([]);
  });

  it('garbage, half-open and slow connections cost no request', async () => {
    const traffic = new SteadyTraffic(url, { workers: 2 });
    const targets: Endpoint[] = [mesh.ports.api, mesh.ports.dp, mesh.ports.diagnostics].map((port) => ({ host: '127.0.0.1', port }));
    const open = await Promise.all([...targets, inbound].flatMap((target) => [garbage(target), halfOpen(target), slow(target), garbageInTls(target)]));
    const seen = traffic.sent;
    await until('requests go on', async () => traffic.sent >= seen + 200);
    expect(await traffic.stop()).toEqual([]);
    await mesh.delete('MeshTrafficPermission', 'allow-all');
    await until('changes still reach the proxies', async () => (await httpGet(url)).status === 403);
    for (const socket of open) socket.destroy();
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The id (`jti`) that a token is revoked by. */
function idOf(token: string): string {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { jti?: string };
  return claims.jti ?? '';
}

/** Opens a connection; however it ends is no concern of the test. */
function opened({ host, port }: Endpoint): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => resolve(socket));
    socket.on('error', () => resolve(socket)).resume();
  });
}

async function garbage(target: Endpoint): Promise<Socket> {
  const socket = await opened(target);
  socket.write(Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 167 + 13) % 256)));
  return socket;
}

async function halfOpen(target: Endpoint): Promise<Socket> {
  const socket = await opened(target);
  socket.end();
  return socket;
}

/** Begins a request and never ends it. */
async function slow(target: Endpoint): Promise<Socket> {
  const socket = await opened(target);
  socket.write('POST /bootstrap HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
  return socket;
}

/** Garbage where HTTP is expected, inside of TLS where the port has it. */
async function garbageInTls(target: Endpoint): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connectTls({ ...target, rejectUnauthorized: false, ALPNProtocols: ['h2'] }, () => socket.write('no HTTP at all\r\n\r\n', () => resolve(socket)));
    socket.on('error', () => resolve(socket)).on('close', () => resolve(socket)).resume();
  });
}
