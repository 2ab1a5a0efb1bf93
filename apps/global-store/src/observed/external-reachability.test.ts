import { bucketKey, BUCKETS } from '@weft/bus';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startForTest, TEST_CONFIG, type TestStore } from '../testing/start-for-test.ts';

const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] };
const SERVICE = { type: 'MeshExternalService', mesh: 'default', name: 'pay', spec: { match: { type: 'HostnameGenerator', port: 443, protocol: 'tcp' }, endpoints: [{ address: '192.0.2.7', port: 443 }] } };
const IDENTITY = { type: 'MeshIdentity', mesh: 'default', name: 'id', spec: { selector: { dataplane: { matchLabels: {} } }, provider: { type: 'Bundled', bundled: { meshTrustCreation: 'Enabled', insecureAllowSelfSigned: true, certificateParameters: { expiry: '24h' }, autogenerate: { enabled: true } } } } };

let server: TestStore | undefined;

const put = async (path: string, json: object): Promise<void> => {
  const answer = await server?.call('PUT', path, { json });
  expect(answer?.status, answer?.text).toBeLessThan(300);
};
const mesh = (more: object): Promise<void> => put('/meshes/default', { type: 'Mesh', name: 'default', ...more });
const conditions = async (): Promise<unknown> => (((await server?.call('GET', '/meshes/default/meshexternalservices/pay'))?.json?.['status'] ?? {}) as { readonly conditions?: unknown }).conditions;
const because = (reason: string, words: string): unknown => [{ type: 'Reachable', status: 'False', reason, message: expect.stringContaining(words) as string }];
/** A proxy, as an xds-server sees it. */
const connect = async (key: string): Promise<void> => {
  const bus = server?.ports.bus;
  await (await bus?.bucket(BUCKETS.instances.name, BUCKETS.instances))?.put(bucketKey('xds-server', 'xds-1'), {});
  await (await bus?.bucket(BUCKETS.observed.name))?.put(key, { subscriptions: [{ connectTime: '2026-01-01T00:00:00.000Z' }] });
};
const start = async (config = TEST_CONFIG): Promise<void> => {
  server = await startForTest({ config });
  await mesh({});
  await put('/meshes/default/meshexternalservices/pay', SERVICE);
};

beforeEach(() => (server = undefined));
afterEach(() => server?.app.close());

it('a server outside says why it is not reached: no mTLS, no egress, none that is connected', async () => {
  await start();
  expect(await conditions()).toEqual(because('MeshWithoutMTLS', 'mesh "default" has no mTLS'));
  await mesh({ mtls: MTLS });
  expect(await conditions()).toEqual(because('NoZoneEgress', 'there is no zone egress'));
  await put('/zoneegresses/out', { type: 'ZoneEgress', name: 'out', networking: { address: '192.0.2.1', port: 10002 } });
  expect(await conditions()).toEqual(because('NoZoneEgress', 'no zone egress is connected'));
  await connect(bucketKey('xds-1', '', 'out', 'ZoneEgress'));
  await expect.poll(conditions).toBeUndefined();
  const { json } = (await server?.call('GET', '/meshes/default/meshexternalservices')) ?? {};
  expect(json).toMatchObject({ items: [expect.not.objectContaining({ status: { conditions: expect.anything() as unknown } })] });
});

it('identities alone need an egress among the Dataplanes of the mesh', async () => {
  await start();
  await put('/meshes/default/meshidentities/id', IDENTITY);
  expect(await conditions()).toEqual(because('NoZoneEgress', 'MeshIdentities alone'));
  await mesh({ meshServices: { mode: 'Exclusive' } });
  await put('/meshes/default/dataplanes/out-1', { type: 'Dataplane', mesh: 'default', name: 'out-1', networking: { address: '192.0.2.1', listeners: [{ type: 'ZoneEgress', address: '192.0.2.1', port: 10002 }] } });
  await connect(bucketKey('xds-1', 'default', 'out-1'));
  await expect.poll(conditions).toBeUndefined();
});

it('the global control plane speaks of certificates alone', async () => {
  await start({ ...TEST_CONFIG, mode: 'global' });
  expect(await conditions()).toEqual(because('MeshWithoutMTLS', 'mesh "default" has no mTLS'));
  await mesh({ mtls: MTLS });
  expect(await conditions()).toBeUndefined();
});
