import { readFileSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import type { ZoneProxyType } from '@weft/proxy-view';
import type { Resource } from '@weft/resource-model';
import { generateSigningKey, issueToken, parseSigningKey, publicKeyPem } from '@weft/tokens';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { AdsClient } from '../testing/ads-client.ts';
import { postBootstrap, postDrain } from '../testing/envoy-process.ts';
import { resourceOf, smallSnapshot, TestPlane } from '../testing/test-plane.ts';

/** What Kuma 2.14.3's agent of a ZoneIngress sent; its `caCert` is left out, so that ours is put in. */
const RECORDED = { ...(JSON.parse(readFileSync(new URL('../../testdata/zone-ingress.request.json', import.meta.url), 'utf8')) as Record<string, unknown>), caCert: '' };

const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 5 });
const SPEC = { networking: { address: '127.0.0.1', port: 10001 } };
const zoneProxy = (type: ZoneProxyType, name: string, more: Partial<Resource> = {}): Resource => ({ ...resourceOf({ type, mesh: '', name }, { zone: 'default', ...SPEC }), ...more });
const document = (type: ZoneProxyType, name: string): string => JSON.stringify({ type, name, ...SPEC });
const KINDS = { ZoneIngress: 'ingress', ZoneEgress: 'egress' } as const;

let plane: TestPlane | undefined;
afterEach(async () => {
  await plane?.close();
  plane = undefined;
});

describe('bootstrap of zone proxies', () => {
  it('answers a stock agent', async () => {
    plane = await TestPlane.start({ authType: 'dpToken' });
    const reply = await postBootstrap(plane.port, RECORDED);
    const answer = JSON.parse(reply.body) as { bootstrap: string; kumaSidecarConfiguration: unknown };
    expect(answer.kumaSidecarConfiguration).toMatchObject({ networking: { address: '10.0.0.4' } });
    const bootstrap = parse(Buffer.from(answer.bootstrap, 'base64').toString()) as object;
    expect(bootstrap).toMatchObject({ node: { id: '.ingress-1', cluster: 'ingress', metadata: { 'dataplane.proxyType': 'ingress', 'dataplane.admin.port': '9901', 'dataplane.resource': RECORDED['dataplaneResource' as never] } } });
    expect(bootstrap).not.toHaveProperty('hdsConfig');
  });

  it.each([
    ['a zone proxy that nobody made', { ...RECORDED, dataplaneResource: undefined }, 404, /^$/],
    ['no token', { ...RECORDED, dataplaneToken: '', dataplaneTokenPath: '' }, 422, /weftctl generate zone-token --scope ingress/],
    ['an ingress that is an egress', { ...RECORDED, proxyType: 'egress' }, 422, /dataplaneResource/],
    ['a resource of another name', { ...RECORDED, name: 'other' }, 422, /request is for/],
    ['an invalid resource', { ...RECORDED, dataplaneResource: '{"type":"ZoneIngress","name":"ingress-1","networking":{}}' }, 422, /dataplaneResource\.networking\.port/],
    ['a kind of proxy that is none', { ...RECORDED, proxyType: 'gateway' }, 422, /proxyType/],
  ])('with %s is refused', async (_name, body, code, words) => {
    plane = await TestPlane.start({ authType: 'dpToken' });
    const reply = await postBootstrap(plane.port, body);
    expect({ code: reply.status, body: reply.body }).toEqual({ code, body: expect.stringMatching(words) });
  });

  it('knows one that was made through the API', async () => {
    plane = await TestPlane.start({ resources: [zoneProxy('ZoneEgress', 'made')] });
    expect((await postBootstrap(plane.port, { name: 'made', proxyType: 'egress', features: [] })).status).toBe(200);
  });
});

describe('streams of zone proxies', () => {
  async function start(resources: Resource[] = []): Promise<(claims: { Zone?: string; Scope?: readonly string[] }) => Promise<string>> {
    const key = parseSigningKey(Buffer.from(await generateSigningKey()));
    if (!key.ok) throw new Error(key.error);
    const publicKey = resourceOf({ type: 'TokenPublicKey', mesh: '', name: 'zone-1' }, { purpose: 'zone', kid: '1', publicKeyPem: publicKeyPem(key.value) });
    const cp = plane = await TestPlane.start({ authType: 'dpToken', resources: [publicKey, ...resources] });
    return ({ Zone = 'default', Scope = ['ingress', 'egress'] }) => issueToken('zone', { Zone, Scope: [...Scope] }, { key: key.value, kid: '1', nowMs: cp.clock.now(), validForMs: 60_000 });
  }

  const client = (type: ZoneProxyType, name: string, token: string, brings = true): AdsClient =>
    new AdsClient(name, { token, nodeId: `.${name}`, metadata: { 'dataplane.proxyType': KINDS[type], ...(brings && { 'dataplane.resource': document(type, name) }) } });

  it.each(['ZoneIngress', 'ZoneEgress'] as const)('a %s is registered, served, seen, and removed when it has gone', async (type) => {
    const issue = await start();
    const cp = plane as TestPlane;
    cp.engine.set({ mesh: '', name: 'gate', type }, { snapshot: smallSnapshot(), secrets: [] });
    const proxy = cp.connect(client(type, 'gate', await issue({ Scope: [KINDS[type]] })));
    await soon(() => expect(proxy.envoy.held('cds')).toEqual({ backend: '1' }));
    expect(cp.registered).toMatchObject([{ proxyType: KINDS[type], document: document(type, 'gate') }]);
    expect(await cp.observed('gate', type)).toMatchObject({ subscriptions: [{ connectTime: expect.any(String) }] });
    proxy.close();
    await vi.waitFor(() => {
      cp.clock.advance(1_000);
      expect(cp.deregistered).toEqual([{ type, mesh: '', name: 'gate' }]);
    }, { timeout: 15_000, interval: 20 });
  });

  it('one that the agent made is told to others as leaving; one that was made through the API is left alone', async () => {
    const issue = await start([zoneProxy('ZoneIngress', 'made')]);
    const cp = plane as TestPlane;
    for (const [name, brings] of [['brought', true], ['made', false]] as const) {
      cp.engine.set({ mesh: '', name, type: 'ZoneIngress' }, { snapshot: smallSnapshot(), secrets: [] });
      const proxy = cp.connect(client('ZoneIngress', name, await issue({}), brings));
      await soon(() => expect(proxy.envoy.held('cds')).toEqual({ backend: '1' }));
    }
    const drain = async (name: string, dataplaneToken: string): Promise<number> => postDrain(cp.port, { mesh: '', name, proxyType: 'ingress', dataplaneToken });
    expect(await drain('brought', await issue({ Zone: 'west' }))).toBe(401);
    expect(await Promise.all([drain('made', await issue({})), drain('brought', await issue({}))])).toEqual([204, 204]);
    expect(cp.health).toEqual([{ key: { type: 'ZoneIngress', mesh: '', name: 'brought' }, finding: { proxy: 'down', workloads: {} } }]);
  });

  it('an ingress and an egress of one name are two, and stay where they were made through the API', async () => {
    const issue = await start([zoneProxy('ZoneIngress', 'gate'), zoneProxy('ZoneEgress', 'gate')]);
    const cp = plane as TestPlane;
    cp.engine.set({ mesh: '', name: 'gate', type: 'ZoneIngress' }, { snapshot: smallSnapshot({ cluster: 'in' }), secrets: [] });
    cp.engine.set({ mesh: '', name: 'gate', type: 'ZoneEgress' }, { snapshot: smallSnapshot({ cluster: 'out' }), secrets: [] });
    const [ingress, egress] = await Promise.all((['ZoneIngress', 'ZoneEgress'] as const).map(async (type) => cp.connect(client(type, 'gate', await issue({}), false))));
    await soon(() => expect([ingress?.envoy.held('cds'), egress?.envoy.held('cds')]).toEqual([{ backend: 'in' }, { backend: 'out' }]));
    expect(cp.registered).toEqual([]);
  });

  it.each([
    ['with a token for another scope', { Scope: ['egress'] }, [], status.UNKNOWN, 'scope'],
    ['with a token for another zone', { Zone: 'west' }, [], status.UNKNOWN, 'the token is for zone "west"'],
    ['of another zone by its field', {}, [zoneProxy('ZoneIngress', 'gate', { spec: { zone: 'west', ...SPEC } })], status.PERMISSION_DENIED, 'is of another zone'],
    ['of another zone by its labels', {}, [zoneProxy('ZoneIngress', 'gate', { labels: { 'kuma.io/origin': 'global', 'kuma.io/zone': 'west' } })], status.PERMISSION_DENIED, 'is of another zone'],
  ] as const)('one %s is refused', async (_name, claims, resources, code, words) => {
    const issue = await start([...resources]);
    const cp = plane as TestPlane;
    const proxy = cp.connect(client('ZoneIngress', 'gate', await issue(claims)));
    await soon(() => expect(proxy.ended).toMatchObject({ code, details: expect.stringContaining(words) }));
    expect(cp.registered).toEqual([]);
  });

  it.each([
    ['without a token', new AdsClient('gate', { nodeId: '.gate', metadata: { 'dataplane.proxyType': 'ingress' } }), status.UNKNOWN, 'authentication failed'],
    ['that names a mesh', new AdsClient('gate', { nodeId: 'default.gate', metadata: { 'dataplane.proxyType': 'ingress' } }), status.INVALID_ARGUMENT, 'not of the form .<name>'],
  ])('one %s is refused', async (_name, made, code, words) => {
    await start();
    const proxy = (plane as TestPlane).connect(made);
    await soon(() => expect(proxy.ended).toMatchObject({ code, details: expect.stringContaining(words) }));
  });

  it('one that nobody made, and that brings nothing or something else, is refused', async () => {
    const issue = await start();
    const cp = plane as TestPlane;
    const [nothing, other] = [cp.connect(client('ZoneIngress', 'gate', await issue({}), false)), cp.connect(new AdsClient('gate', { token: await issue({}), nodeId: '.gate', metadata: { 'dataplane.proxyType': 'ingress', 'dataplane.resource': document('ZoneIngress', 'other') } }))];
    await soon(() => expect([nothing.ended?.code, other.ended?.code]).toEqual([status.NOT_FOUND, status.INVALID_ARGUMENT]));
  });
});
