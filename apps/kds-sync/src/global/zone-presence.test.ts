import { once } from 'node:events';
import { status, type ServiceError } from '@grpc/grpc-js';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { syncedTypes } from '@weft/kds-core';
import { StatsRequestSchema, StatsResponseSchema, XDSConfigRequestSchema, XDSConfigResponseSchema } from '@weft/kds-proto/kuma/mesh/v1alpha1/kds_pb.js';
import type { KdsLink, ZoneCall } from '@weft/kds-transport';
import { weftRegistry } from '@weft/policy-model';
import { systemClock } from '@weft/service-runtime';
import { afterEach, describe, expect, it } from 'vitest';
import type { KdsSyncConfig } from '../kds-sync-config.ts';
import { SignsOfLife } from '../zone/signs-of-life.ts';
import { GLOBAL_CONFIG, startGlobal, STOCK_CALL, WEFT_CALL, type GlobalForTest } from './testing/global-for-test.ts';
import { ZoneForTest } from './testing/zone-for-test.ts';

const TYPES = syncedTypes(weftRegistry, 'global-to-zone', false).map(({ name }) => name);
const CP_TOKEN = { zone: 'zone-1', scope: ['cp'], validFor: '1h' };

let global: GlobalForTest;

afterEach(() => global.close());

const withKds = (kds: Partial<KdsSyncConfig['multizone']['global']['kds']>): KdsSyncConfig => ({ ...GLOBAL_CONFIG, multizone: { ...GLOBAL_CONFIG.multizone, global: { kds: { ...GLOBAL_CONFIG.multizone.global.kds, ...kds } } } });

const join = (link: KdsLink, call: ZoneCall = STOCK_CALL, options: Partial<ConstructorParameters<typeof ZoneForTest>[1]> = {}): ZoneForTest =>
  new ZoneForTest(link, { name: call.zone, weft: call.features.has('weft-sync'), types: TYPES, ...options });

const overview = async (zone: string): Promise<unknown> => (await global.store.call('GET', `/zones/${zone}/_overview`)).json;
const token = async (): Promise<string> => (await global.store.call('POST', '/tokens/zone', { json: CP_TOKEN })).text;
const insight = async (zone: string): Promise<unknown> => (await global.store.call('GET', `/zone-insights/${zone}`)).json;
const endedWith = (code: status, words: string): unknown => expect.objectContaining({ code, details: expect.stringContaining(words) });

async function failure(link: KdsLink): Promise<ServiceError> {
  const [error] = (await once(link.open('globalToZone'), 'error').catch((caught: unknown) => [caught])) as [ServiceError];
  return error;
}

describe('a zone’s insight', () => {
  it('tells who is connected, what was sent and answered, and since when it is gone; a connected Zone is not deleted', async () => {
    global = await startGlobal();
    const link = global.link(STOCK_CALL);
    const zone = join(link, STOCK_CALL, { metadata: { version: { kumaCp: { version: '2.14.3', gitTag: '', gitCommit: '', buildDate: '' } }, config: '{"store":{"type":"memory"}}', 'control-plane-id': 'zone-1.local' } });
    link.open('stats').on('error', () => undefined);
    await link.healthCheck(new Uint8Array(), 20_000);
    await expect.poll(() => overview('zone-1'), { timeout: 20_000 }).toMatchObject({
      zoneInsight: {
        subscriptions: [{
          globalInstanceId: 'global-1', zoneInstanceId: 'zone-1.local', config: '{"store":{"type":"memory"}}', version: { kumaCp: { version: '2.14.3', kumaCpGlobalCompatible: true } },
          status: { total: { responsesSent: String(TYPES.length), responsesAcknowledged: String(TYPES.length) }, stat: { Mesh: { responsesSent: '1', responsesAcknowledged: '1' } } },
        }],
        envoyAdminStreams: { statsGlobalInstanceId: 'global-1' },
        healthCheck: { time: expect.any(String) },
        kdsStreams: { globalToZone: { globalInstanceId: 'global-1' }, zoneToGlobal: { connectTime: expect.any(String) }, stats: {} },
      },
    });
    expect((await global.store.call('DELETE', '/zones/zone-1')).json).toMatchObject({ status: 400, invalid_parameters: [{ field: 'zone', reason: 'unable to delete Zone, Zone CP is still connected, please shut it down first' }] });
    zone.down.cancel();
    await expect.poll(() => overview('zone-1')).toMatchObject({ zoneInsight: { subscriptions: [{ disconnectTime: expect.any(String) }] } });
    expect((await global.store.call('DELETE', '/zones/zone-1')).status).toBe(200);
  });

  it('tells what the zone refuses, in its words', async () => {
    global = await startGlobal();
    join(global.link(STOCK_CALL), STOCK_CALL, { refuses: { type: 'Mesh', reason: 'no room for a mesh' } });
    await expect.poll(() => overview('zone-1'), { timeout: 20_000 }).toMatchObject({
      zoneInsight: { subscriptions: [{ status: { stat: { Mesh: { responsesRejected: '1' } } }, nacks: [{ type: 'Mesh', message: 'no room for a mesh', resources: ['default.'] }] }] },
    });
  });
});

describe('a zone token', () => {
  it('is asked for where it is due; a bad one is refused always, and one that is revoked ends what is open', async () => {
    global = await startGlobal({ ...GLOBAL_CONFIG, kds: { auth: 'token' } });
    expect(await failure(global.link(STOCK_CALL))).toEqual(endedWith(status.UNAUTHENTICATED, 'a zone token is needed'));
    expect(await failure(global.link(STOCK_CALL, 'nonsense'))).toEqual(endedWith(status.UNAUTHENTICATED, 'the zone token is refused'));
    expect(await failure(global.link({ ...STOCK_CALL, zone: 'other' }, await token()))).toEqual(endedWith(status.UNAUTHENTICATED, 'this is zone "other"'));
    // There is no Zone yet; who tried is known all the same.
    await expect.poll(() => insight('zone-1'), { timeout: 20_000 }).toMatchObject({ subscriptions: [], incidents: [{ kind: 'refused', reason: expect.stringContaining('a zone token is needed') }, { kind: 'refused', reason: expect.stringContaining('the zone token is refused') }] });
    await expect.poll(() => insight('other'), { timeout: 20_000 }).toMatchObject({ incidents: [{ kind: 'refused', reason: expect.stringContaining('this is zone "other"') }] });
    const good = await token();
    const zone = join(global.link(STOCK_CALL, good));
    await expect.poll(() => zone.outstanding()).toEqual([]);
    const { jti } = JSON.parse(Buffer.from(good.split('.')[1] ?? '', 'base64url').toString()) as { readonly jti: string };
    await global.store.call('PUT', '/global-secrets/zone-token-revocations', { json: { type: 'GlobalSecret', name: 'zone-token-revocations', data: Buffer.from(jti).toString('base64') } });
    await expect.poll(() => zone.errors).toContainEqual(endedWith(status.UNAUTHENTICATED, 'revoked'));
  });

  it('that is bad is refused also where none is asked for', async () => {
    global = await startGlobal();
    expect(await failure(global.link(STOCK_CALL, 'nonsense'))).toEqual(endedWith(status.UNAUTHENTICATED, 'the zone token is refused'));
  });
});

describe('a zone’s name', () => {
  it('belongs to one control plane while that lives, and to its replicas', async () => {
    global = await startGlobal();
    const link = global.link(WEFT_CALL);
    const zone = join(link, WEFT_CALL);
    await expect.poll(() => zone.outstanding()).toEqual([]);
    expect(await failure(global.link({ ...WEFT_CALL, identity: 'east-2' }))).toEqual(endedWith(status.ALREADY_EXISTS, 'connected from another control plane'));
    await expect.poll(() => overview('east'), { timeout: 20_000 }).toMatchObject({ zoneInsight: { incidents: [{ kind: 'refused', reason: expect.stringContaining('connected from another control plane') }] } });
    const replica = join(global.link(WEFT_CALL), WEFT_CALL);
    await expect.poll(() => replica.outstanding()).toEqual([]);
    // It has given a sign of life once, and then no more: it shows as gone, and its name can be had.
    await link.healthCheck(new Uint8Array(), 20_000);
    await expect.poll(() => overview('east'), { timeout: 20_000 }).toMatchObject({ zoneInsight: { subscriptions: [{ disconnectTime: expect.any(String) }, { disconnectTime: expect.any(String) }] } });
    expect(zone.errors).toEqual([]);
    await link.healthCheck(new Uint8Array(), 20_000);
    await expect.poll(() => overview('east')).toMatchObject({ zoneInsight: { subscriptions: [expect.not.objectContaining({ disconnectTime: expect.any(String) }), {}] } });
    await expect.poll(() => overview('east'), { timeout: 20_000 }).toMatchObject({ zoneInsight: { subscriptions: [{ disconnectTime: expect.any(String) }, {}] } });
    const next = join(global.link({ ...WEFT_CALL, identity: 'east-2' }), { ...WEFT_CALL, identity: 'east-2' });
    await expect.poll(() => zone.errors).toContainEqual(endedWith(status.ALREADY_EXISTS, 'another control plane has taken the name'));
    await expect.poll(() => next.outstanding()).toEqual([]);
    await expect.poll(async () => JSON.stringify(await overview('east'))).toMatch(/"connectTime":"[^"]+","status"/);
  });
});

it.each([STOCK_CALL, WEFT_CALL])('a zone that answers nothing any more is let go, so that it comes again, also where it says that it lives ($zone)', async (call) => {
  global = await startGlobal(withKds({ stallTimeout: 2_500 }));
  const link = global.link(call);
  const zone = join(link, call);
  const life = new SignsOfLife({ clock: systemClock, link, stream: zone.down, onFailure: () => undefined });
  await expect.poll(() => zone.outstanding()).toEqual([]);
  zone.stopAnswering();
  await global.store.call('PUT', '/meshes/second', { json: { type: 'Mesh', name: 'second' } });
  await expect.poll(() => zone.errors, { timeout: 20_000 }).toContainEqual(endedWith(status.ABORTED, 'Mesh has not been answered by the zone'));
  await expect.poll(() => overview(call.zone)).toMatchObject({ zoneInsight: { incidents: [{ kind: 'stalled', reason: expect.stringContaining('Mesh has not been answered by the zone'), since: expect.any(String), count: 1 }] } });
  life.close();
});

it('Envoy’s pages come over the zone’s stream, and the zone’s reason where they do not', async () => {
  global = await startGlobal();
  const link = global.link(STOCK_CALL);
  const zone = join(link);
  const [stats, dumps] = [link.open('stats'), link.open('configDumps')];
  stats.on('error', () => undefined).on('data', (bytes: Uint8Array) => {
    const { requestId, resourceName, resourceMesh, resourceType } = fromBinary(StatsRequestSchema, bytes);
    stats.write(toBinary(StatsResponseSchema, create(StatsResponseSchema, { requestId, result: { case: 'stats', value: Buffer.from(`${resourceType} ${resourceMesh}/${resourceName}`) } })));
  });
  dumps.on('error', () => undefined).on('data', (bytes: Uint8Array) => {
    const { requestId } = fromBinary(XDSConfigRequestSchema, bytes);
    dumps.write(toBinary(XDSConfigResponseSchema, create(XDSConfigResponseSchema, { requestId, result: { case: 'error', value: 'no such proxy' } })));
  });
  await expect.poll(() => overview('zone-1')).toMatchObject({ zoneInsight: { kdsStreams: { stats: {}, configDump: {} } } });
  const labels = { 'kuma.io/origin': 'zone', 'kuma.io/zone': 'zone-1', 'kuma.io/display-name': 'web' };
  await global.store.ports.store.commit({ writes: [{ op: 'put', expect: 'absent', resource: { type: 'Dataplane', mesh: 'default', name: 'web-1', labels, creationTime: '', modificationTime: '', spec: {} } }] });
  expect(await global.store.call('GET', '/meshes/default/dataplanes/web-1/stats')).toMatchObject({ status: 200, text: 'Dataplane default/web' });
  expect(await global.store.call('GET', '/meshes/default/dataplanes/web-1/xds')).toMatchObject({ status: 400, json: { detail: 'could not send XDSConfigRequest: no such proxy' } });
  expect(zone.errors).toEqual([]);
});
