import { status } from '@grpc/grpc-js';
import type { Resource } from '@weft/resource-model';
import { generateSigningKey, issueToken, parseSigningKey, publicKeyPem } from '@weft/tokens';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AdsClient } from './testing.ts';
import { postDrain } from './testing/envoy-process.ts';
import { HdsClient } from './testing/hds-client.ts';
import { dataplane, resourceOf, smallSnapshot, TestPlane } from './testing/test-plane.ts';

const probed = (name: string, servicePort = 18_080, state = 'NotReady'): Resource => resourceOf({ type: 'Dataplane', mesh: 'default', name }, {
  networking: { address: '127.0.0.1', inbound: [{ port: 8080, servicePort, tags: { 'kuma.io/service': 'web' }, serviceProbe: { tcp: {} }, state, health: { ready: state === 'Ready' } }] },
});
const DOCUMENT = JSON.stringify({ type: 'Dataplane', mesh: 'default', name: 'web-9', networking: { address: '127.0.0.1', inbound: [{ port: 8080, tags: { 'kuma.io/service': 'web' } }] } });
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5_000, interval: 5 });
const UP = { 'kuma:envoy:admin': true, 'localhost:18080': true };

let plane: TestPlane | undefined;
const clients: HdsClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await plane?.close();
  plane = undefined;
});

async function start(options: Parameters<typeof TestPlane.start>[0] = {}): Promise<TestPlane> {
  plane = await TestPlane.start({ resources: [probed('web-1'), dataplane('web-2')], ...options });
  return plane;
}

function connect(cp: TestPlane, name?: string, token?: string): HdsClient {
  const client = new HdsClient(cp.port, { caPem: cp.signer.caPem, ...(token !== undefined && { token }) });
  clients.push(client);
  if (name !== undefined) client.hello(name);
  return client;
}

describe('an HDS stream', () => {
  it('asks for the probes of the Dataplane, and again when they change', async () => {
    const cp = await start();
    const client = connect(cp, 'web-1');
    await soon(() => expect(client.specifiers).toEqual([['localhost:18080', 'kuma:envoy:admin']]));
    cp.change({ op: 'put', resource: probed('web-1', 18_080, 'Ready') });
    cp.change({ op: 'put', resource: probed('web-1', 18_081) });
    await soon(() => expect(client.specifiers).toEqual([['localhost:18080', 'kuma:envoy:admin'], ['localhost:18081', 'kuma:envoy:admin']]));
  });

  it('writes what changes the Dataplane, once', async () => {
    const cp = await start();
    const client = connect(cp, 'web-1');
    await soon(() => expect(client.specifiers).toHaveLength(1));
    for (let again = 0; again < 5; again++) client.report(UP);
    await soon(() => expect(cp.health).toEqual([{ key: { type: 'Dataplane', mesh: 'default', name: 'web-1' }, finding: { proxy: 'steady', workloads: { 18_080: 'up' } } }]));
    cp.change({ op: 'put', resource: probed('web-1', 18_080, 'Ready') });
    client.report({ ...UP, 'localhost:18080': false });
    await soon(() => expect(cp.health.slice(1)).toMatchObject([{ finding: { workloads: { 18_080: 'down' } } }]));
  });

  it('waits for a Dataplane that is registered later, but not for ever', async () => {
    const cp = await start();
    const early = connect(cp, 'web-7');
    const never = connect(cp, 'web-8');
    cp.change({ op: 'put', resource: probed('web-7') });
    await soon(() => expect(early.specifiers).toHaveLength(1));
    await soon(() => {
      cp.clock.advance(30_000);
      expect(never.ended).toMatchObject({ code: status.NOT_FOUND });
    });
    expect(early.ended).toBeUndefined();
  });

  it('ends on garbage; other streams go on', async () => {
    const cp = await start();
    const good = connect(cp, 'web-1');
    const bad = connect(cp);
    bad.sendRaw(Uint8Array.of(255, 255, 255, 7));
    await soon(() => expect(bad.ended).toMatchObject({ code: status.INVALID_ARGUMENT }));
    const silent = connect(cp);
    silent.report(UP);
    await soon(() => expect(silent.ended).toMatchObject({ code: status.INVALID_ARGUMENT }));
    await soon(() => expect(good.specifiers).toHaveLength(1));
    expect(cp.health).toEqual([]);
  });
});

describe('who may say that a proxy is well or ends', () => {
  async function secured(): Promise<{ cp: TestPlane; tokenOf: (name: string) => Promise<string> }> {
    const key = parseSigningKey(Buffer.from(await generateSigningKey()));
    if (!key.ok) throw new Error(key.error);
    const cp = await start({ authType: 'dpToken', resources: [probed('web-1'), resourceOf({ type: 'TokenPublicKey', mesh: '', name: 'dataplane-default-1' }, { purpose: 'dataplane', mesh: 'default', kid: '1', publicKeyPem: publicKeyPem(key.value) })] });
    return { cp, tokenOf: (name) => issueToken('dataplane', { Name: name, Mesh: 'default', Tags: {}, Type: '', Workload: '' }, { key: key.value, kid: '1', nowMs: cp.clock.now(), validForMs: 60_000 }) };
  }

  it('only the bearer of its token, on the stream', async () => {
    const { cp, tokenOf } = await secured();
    const good = connect(cp, 'web-1', await tokenOf('web-1'));
    const bad = connect(cp, 'web-1', await tokenOf('web-2'));
    const none = connect(cp, 'web-1');
    for (const client of [bad, none]) await soon(() => expect(client.ended).toMatchObject({ code: status.UNKNOWN, details: expect.stringContaining('authentication failed') }));
    await soon(() => expect(good.specifiers).toHaveLength(1));
  });

  it('and by POST /drain, which takes it out of rotation', async () => {
    const { cp, tokenOf } = await secured();
    const drain = async (dataplaneToken?: string): Promise<number> => postDrain(cp.port, { mesh: 'default', name: 'web-1', ...(dataplaneToken !== undefined && { dataplaneToken }) });
    expect(await drain()).toBe(401);
    expect(await drain(await tokenOf('web-2'))).toBe(401);
    expect(cp.health).toEqual([]);
    expect(await drain(await tokenOf('web-1'))).toBe(204);
    expect(cp.health).toMatchObject([{ key: { name: 'web-1' }, finding: { proxy: 'down' } }]);
    expect(await postDrain(cp.port, 'garbage')).toBe(400);
  });
});

describe.each(['delta', 'sotw'] as const)('a proxy that starts (%s)', (variant) => {
  it('is registered out of rotation, and told ready once it took its listeners; one that comes back is neither', async () => {
    const cp = await start();
    const client = new AdsClient('web-9', { variant, metadata: { 'dataplane.resource': DOCUMENT } });
    cp.connect(client);
    await soon(() => expect(cp.registered).toMatchObject([{ fresh: true }]));
    expect(cp.health).toEqual([]);
    cp.give('web-9', smallSnapshot());
    await soon(() => expect(cp.health).toEqual([{ key: { type: 'Dataplane', mesh: 'default', name: 'web-9' }, finding: { proxy: 'up', workloads: {} } }]));
    cp.give('web-9', smallSnapshot({ endpoints: '2' }));
    await soon(() => expect(client.envoy.held('eds')).toEqual({ backend: '2' }));
    client.connect(cp.port, cp.signer.caPem);
    await soon(() => expect(cp.registered).toMatchObject([{ fresh: true }, { fresh: false }]));
    cp.give('web-9', smallSnapshot({ endpoints: '3' }));
    await soon(() => expect(client.envoy.held('eds')).toEqual({ backend: '3' }));
    expect(cp.health).toHaveLength(1);
  });
});
