import { fromBinary } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { SecretSchema } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
import { generateSigningKey, issueToken, parseSigningKey, publicKeyPem } from '@weft/tokens';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AdsClient } from './testing.ts';
import { dataplane, MTLS_SECRETS, resourceOf, smallSnapshot, TestPlane } from './testing/test-plane.ts';

let plane: TestPlane | undefined;

afterEach(async () => {
  await plane?.close();
  plane = undefined;
});

async function start(options: Parameters<typeof TestPlane.start>[0] = {}): Promise<TestPlane> {
  plane = await TestPlane.start({ resources: [dataplane('web-1'), dataplane('web-2')], ...options });
  return plane;
}

const COMPLETE = { cds: { backend: '1' }, eds: { backend: '1' }, lds: { inbound: '1' }, rds: { inbound: '1' } };
const held = (client: AdsClient): object => ({ cds: client.envoy.held('cds'), eds: client.envoy.held('eds'), lds: client.envoy.held('lds'), rds: client.envoy.held('rds') });
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5_000, interval: 5 });

describe.each(['delta', 'sotw'] as const)('an ADS stream (%s)', (variant) => {
  it('brings a proxy its config, and then changes only', async () => {
    const cp = await start();
    cp.give('web-1', smallSnapshot());
    const client = cp.connect(new AdsClient('web-1', { variant }));
    await soon(() => expect(held(client)).toEqual(COMPLETE));
    client.received = [];
    cp.give('web-1', smallSnapshot({ endpoints: '2' }));
    await soon(() => expect(client.envoy.held('eds')).toEqual({ backend: '2' }));
    if (variant === 'delta') expect(client.received).toEqual(['ClusterLoadAssignment/backend']);
  });

  it('resends nothing that a proxy holds to one that reconnects after a restart', async () => {
    const cp = await start();
    const secrets = variant === 'delta' ? MTLS_SECRETS : [];
    cp.give('web-1', smallSnapshot(), secrets);
    const client = cp.connect(new AdsClient('web-1', { variant, secrets: variant === 'delta' ? ['identity', 'ca'] : [] }));
    await soon(() => expect(held(client)).toEqual(COMPLETE));
    if (variant === 'delta') await soon(() => expect(Object.keys(client.envoy.held('sds'))).toEqual(['ca', 'identity']));
    const leaves = cp.signer.leaves;
    await cp.restart();
    cp.give('web-1', smallSnapshot({ endpoints: '2' }), secrets);
    client.connect(cp.port, cp.signer.caPem);
    await soon(() => expect(client.envoy.held('eds')).toEqual({ backend: '2' }));
    if (variant === 'delta') expect(client.received).toEqual(['ClusterLoadAssignment/backend']);
    expect(cp.signer.leaves).toBe(leaves);
  });

  it('keeps what worked when Envoy refuses, and tells in its words', async () => {
    const cp = await start();
    cp.give('web-1', smallSnapshot());
    const client = cp.connect(new AdsClient('web-1', { variant }));
    await soon(() => expect(held(client)).toEqual(COMPLETE));
    client.refusing = true;
    cp.give('web-1', smallSnapshot({ cluster: 'bad' }));
    await vi.waitFor(async () => expect(await cp.observed('web-1')).toMatchObject({ nacks: [{ type: 'cds', message: 'refused cds' }, { type: 'eds' }] }), { timeout: 5_000, interval: 5 });
    expect(held(client)).toEqual(COMPLETE);
    expect(client.ended).toBeUndefined();
  });
});

describe('the DP server', () => {
  it('renews its own certificate before it ends, and open streams stay', async () => {
    const cp = await start();
    cp.give('web-1', smallSnapshot());
    const client = cp.connect(new AdsClient('web-1'));
    await soon(() => expect(held(client)).toEqual(COMPLETE));
    const before = cp.signer.servers;
    cp.clock.advance(2 * 3_600_000);
    await soon(() => expect(cp.signer.servers).toBeGreaterThan(before));
    expect(client.ended).toBeUndefined();
  });
});

describe('a proxy', () => {
  it('waits while the feed is not read, and gets nothing partial', async () => {
    const cp = await start({ feedReady: false });
    cp.give('web-1', smallSnapshot());
    const client = cp.connect(new AdsClient('web-1'));
    await soon(() => expect(cp.app.isReady()).toBe(false));
    expect(held(client)).toEqual({ cds: {}, eds: {}, lds: {}, rds: {} });
    cp.openFeed();
    await soon(() => expect(held(client)).toEqual(COMPLETE));
  });

  it('without a Dataplane is told so', async () => {
    const cp = await start();
    const client = cp.connect(new AdsClient('ghost'));
    await soon(() => expect(client.ended).toMatchObject({ code: status.NOT_FOUND, details: expect.stringContaining('no Dataplane "ghost"') }));
  });

  it.each([['no node id', { nodeId: '' }], ['an id without a mesh', { nodeId: 'web' }]])('with %s is refused', async (_name, options) => {
    const cp = await start();
    const client = cp.connect(new AdsClient('web-1', options));
    await soon(() => expect(client.ended?.code).toBe(status.INVALID_ARGUMENT));
  });

  it('that sends garbage is refused, and others go on', async () => {
    const cp = await start();
    cp.give('web-1', smallSnapshot());
    cp.give('web-2', smallSnapshot());
    const [bad, good] = [cp.connect(new AdsClient('web-1')), cp.connect(new AdsClient('web-2'))];
    bad.sendRaw(Buffer.from('ff'.repeat(30), 'hex'));
    await soon(() => expect(bad.ended?.code).toBe(status.INVALID_ARGUMENT));
    await soon(() => expect(held(good)).toEqual(COMPLETE));
  });

  it('that opens a second stream loses the first one', async () => {
    const cp = await start();
    cp.give('web-1', smallSnapshot());
    const first = cp.connect(new AdsClient('web-1'));
    await soon(() => expect(held(first)).toEqual(COMPLETE));
    const second = cp.connect(new AdsClient('web-1'));
    await soon(() => expect(first.ended?.code).toBe(status.ABORTED));
    await soon(() => expect(held(second)).toEqual(COMPLETE));
    cp.give('web-1', smallSnapshot({ endpoints: '2' }));
    await soon(() => expect(second.envoy.held('eds')).toEqual({ backend: '2' }));
    expect(second.ended).toBeUndefined();
  });

  it('registers with the resource that it brings, and is deregistered when it stays away', async () => {
    const cp = await start();
    const document = JSON.stringify({ type: 'Dataplane', mesh: 'default', name: 'new-1', networking: { address: '127.0.0.1' } });
    cp.give('new-1', smallSnapshot());
    const client = cp.connect(new AdsClient('new-1', { metadata: { 'dataplane.resource': document } }));
    await soon(() => expect(held(client)).toEqual(COMPLETE));
    expect(cp.registered).toMatchObject([{ document, proxyType: 'dataplane', instance: 'cp-1' }]);
    client.close();
    await soon(() => expect(cp.engine.clients.size).toBe(0));
    cp.clock.advance(9_000);
    expect(cp.deregistered).toEqual([]);
    cp.clock.advance(1_000);
    await soon(() => expect(cp.deregistered).toEqual([{ type: 'Dataplane', mesh: 'default', name: 'new-1' }]));
  });

  it('that comes back in time stays registered', async () => {
    const cp = await start();
    const document = JSON.stringify({ type: 'Dataplane', mesh: 'default', name: 'new-1', networking: { address: '127.0.0.1' } });
    cp.give('new-1', smallSnapshot());
    const client = cp.connect(new AdsClient('new-1', { metadata: { 'dataplane.resource': document } }));
    await soon(() => expect(held(client)).toEqual(COMPLETE));
    client.close();
    await soon(() => expect(cp.engine.clients.size).toBe(0));
    client.connect(cp.port, cp.signer.caPem);
    await soon(() => expect(cp.engine.clients.size).toBe(1));
    cp.clock.advance(20_000);
    await cp.observed('new-1');
    expect(cp.deregistered).toEqual([]);
  });

  it('is observed: connection, counters, metadata', async () => {
    const cp = await start();
    cp.give('web-1', smallSnapshot());
    const client = cp.connect(new AdsClient('web-1', { metadata: { version: { envoy: { version: '1.39.3' } } } }));
    await soon(() => expect(held(client)).toEqual(COMPLETE));
    await vi.waitFor(async () => expect(await cp.observed('web-1')).toMatchObject({
      subscriptions: [{ controlPlaneInstanceId: 'cp-1', status: { total: { responsesSent: '4', responsesAcknowledged: '4' }, cds: { responsesSent: '1', responsesAcknowledged: '1' } }, version: { envoy: { version: '1.39.3' } } }],
      metadata: { 'dataplane.proxyType': 'dataplane' },
    }), { timeout: 5_000, interval: 5 });
    client.close();
    await vi.waitFor(async () => expect(await cp.observed('web-1')).toMatchObject({ subscriptions: [{ disconnectTime: expect.any(String) }] }), { timeout: 5_000, interval: 5 });
  });
});

describe('a dataplane token', () => {
  async function secured(): Promise<{ cp: TestPlane; token: (claims: { Name?: string; Mesh?: string; Tags?: Record<string, string[]> }) => Promise<string> }> {
    const key = parseSigningKey(Buffer.from(await generateSigningKey()));
    if (!key.ok) throw new Error(key.error);
    const cp = await start({ authType: 'dpToken', resources: [dataplane('web-1'), resourceOf({ type: 'TokenPublicKey', mesh: '', name: 'dataplane-default-1' }, { purpose: 'dataplane', mesh: 'default', kid: '1', publicKeyPem: publicKeyPem(key.value) })] });
    cp.give('web-1', smallSnapshot());
    const token = (claims: { Name?: string; Mesh?: string; Tags?: Record<string, string[]> }): Promise<string> =>
      issueToken('dataplane', { Name: '', Mesh: 'default', Tags: {}, Type: '', Workload: '', ...claims }, { key: key.value, kid: '1', nowMs: cp.clock.now(), validForMs: 60_000 });
    return { cp, token };
  }

  it('lets its proxy in', async () => {
    const { cp, token } = await secured();
    const client = cp.connect(new AdsClient('web-1', { token: await token({ Name: 'web-1', Tags: { 'kuma.io/service': ['web'] } }) }));
    await soon(() => expect(held(client)).toEqual(COMPLETE));
  });

  it.each([
    ['none', undefined, 'exactly one "authorization"'],
    ['one of another proxy', { Name: 'web-2' }, 'the token is for proxy "web-2"'],
    ['one of other tags', { Tags: { 'kuma.io/service': ['db'] } }, 'has tag "kuma.io/service" with value "web"'],
    ['garbage', 'garbage', 'no JWT'],
  ])('%s refuses with Kuma\'s status', async (_name, claims, words) => {
    const { cp, token } = await secured();
    const text = typeof claims === 'object' ? await token(claims) : claims;
    const client = cp.connect(new AdsClient('web-1', text === undefined ? {} : { token: text }));
    await soon(() => expect(client.ended).toMatchObject({ code: status.UNKNOWN, details: expect.stringMatching(`^authentication failed: .*${words}`) }));
    expect(held(client)).toEqual({ cds: {}, eds: {}, lds: {}, rds: {} });
  });
});

describe('a leaf certificate', () => {
  const connected = async (cp: TestPlane, name: string): Promise<AdsClient> => {
    cp.give(name, smallSnapshot(), MTLS_SECRETS);
    const client = cp.connect(new AdsClient(name, { secrets: ['identity', 'ca'] }));
    await soon(() => expect(Object.keys(client.envoy.held('sds'))).toEqual(['ca', 'identity']));
    return client;
  };
  const pem = (client: AdsClient): { chain: string; key: string } => {
    const secret = fromBinary(SecretSchema, client.secretBodies.get('identity') ?? new Uint8Array());
    if (secret.type.case !== 'tlsCertificate') throw new Error('no certificate');
    const text = (source: { specifier: { value?: unknown } } | undefined): string => Buffer.from(source?.specifier.value as Uint8Array).toString();
    return { chain: text(secret.type.value.certificateChain), key: text(secret.type.value.privateKey) };
  };

  it('is each proxy\'s own', async () => {
    const cp = await start();
    const [one, two] = [await connected(cp, 'web-1'), await connected(cp, 'web-2')];
    expect(pem(one).key).toContain('PRIVATE KEY');
    expect(pem(one).key).not.toBe(pem(two).key);
    expect(pem(one).chain).not.toBe(pem(two).chain);
  });

  it('is kept over a reconnect, and replaced at four fifths of its life', async () => {
    const cp = await start();
    const client = await connected(cp, 'web-1');
    const first = client.envoy.held('sds')['identity'];
    client.close();
    await soon(() => expect(cp.engine.clients.size).toBe(0));
    client.connect(cp.port, cp.signer.caPem);
    await soon(() => expect(cp.engine.clients.size).toBe(1));
    expect(cp.signer.leaves).toBe(1);
    cp.clock.advance(19 * 3_600_000);
    expect(cp.signer.leaves).toBe(1);
    cp.clock.advance(0.3 * 3_600_000);
    await soon(() => expect(client.envoy.held('sds')['identity']).not.toBe(first));
    expect(cp.signer.leaves).toBe(2);
  });

  it('is replaced when the CA changes, and the new trust is sent at once', async () => {
    const cp = await start();
    const client = await connected(cp, 'web-1');
    const before = client.envoy.held('sds');
    cp.signer.generation = 2;
    cp.change({ op: 'put', resource: resourceOf({ type: 'TrustBundle', mesh: 'default', name: 'ca-1' }, { backend: 'ca-1', generation: 2, caPem: [cp.signer.caPem, cp.signer.caPem] }) });
    await soon(() => expect(client.envoy.held('sds')['ca']).not.toBe(before['ca']));
    await soon(() => expect(client.envoy.held('sds')['identity']).not.toBe(before['identity']));
    expect(cp.signer.leaves).toBe(2);
  });

  it('that is due is replaced after a restart', async () => {
    const cp = await start();
    const client = await connected(cp, 'web-1');
    const first = client.envoy.held('sds')['identity'];
    client.close();
    await cp.restart();
    cp.clock.advance(20 * 3_600_000);
    cp.give('web-1', smallSnapshot(), MTLS_SECRETS);
    client.connect(cp.port, cp.signer.caPem);
    await soon(() => expect(client.envoy.held('sds')['identity']).not.toBe(first));
  });
});
