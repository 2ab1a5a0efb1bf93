import { startForTest, TEST_CONFIG, type TestStore } from '@weft/global-store/testing';
import { decodeResource, formForZone, syncedTypes, type SyncSource, type TouchedNames } from '@weft/kds-core';
import { weftRegistry } from '@weft/policy-model';
import type { Resource } from '@weft/resource-model';
import { silentLogger } from '@weft/service-runtime/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OutgoingFeed } from './outgoing-feed.ts';

const TYPES = syncedTypes(weftRegistry, 'global-to-zone', true);

let store: TestStore;
let feed: OutgoingFeed;

beforeEach(async () => {
  store = await startForTest({ config: { ...TEST_CONFIG, mode: 'global' } });
  feed = new OutgoingFeed({ ...store.ports, log: silentLogger, types: TYPES, mayGo: ({ name }) => name !== 'envoy-admin-ca' });
});

afterEach(async () => {
  await feed.close();
  await store.app.close();
});

function specOf(view: SyncSource, type: string, name: string): unknown {
  const item = view.item(type, name);
  const [found] = TYPES.filter((one) => one.name === type);
  const decoded = item && found && decodeResource(found, item.body);
  return decoded?.ok === true ? decoded.value.spec : undefined;
}

function open(touched: TouchedNames[] = []): ReturnType<OutgoingFeed['open']> {
  return feed.open(TYPES, formForZone({ zone: 'east', features: new Set(['hash-suffix', 'optional-top-level-target-ref']) }, { isEnabled: () => true }), (one) => touched.push(one));
}

const secret = (name: string, text: string) => ({ json: { type: 'Secret', mesh: 'default', name, data: Buffer.from(text).toString('base64') } });

test('a peer sees what there is, secrets with their content, and later changes', async () => {
  await store.call('PUT', '/meshes/default/secrets/first', secret('first', 'one'));
  await feed.ready;
  const touched: TouchedNames[] = [];
  const { view } = open(touched);
  await expect.poll(() => specOf(view, 'Secret', 'first.default')).toEqual({ data: Buffer.from('one').toString('base64') });
  await store.call('PUT', '/meshes/default/secrets/first', secret('first', 'two'));
  await expect.poll(() => specOf(view, 'Secret', 'first.default')).toEqual({ data: Buffer.from('two').toString('base64') });
  await store.call('DELETE', '/meshes/default/secrets/first');
  await expect.poll(() => view.item('Secret', 'first.default')).toBeUndefined();
  expect(touched.filter(({ type }) => type === 'Secret').at(-1)).toEqual({ type: 'Secret', names: ['first.default'] });
});

test('sensitive values within a resource go with it; what was offered comes and goes', async () => {
  await feed.ready;
  const { view } = open();
  const tls = { enabled: true, verification: { mode: 'Secured', clientKey: { inlineString: 'private' }, clientCert: { inlineString: 'public' } } };
  const put = await store.call('PUT', '/meshes/default/meshexternalservices/far', { json: { type: 'MeshExternalService', mesh: 'default', name: 'far', spec: { match: { type: 'HostnameGenerator', port: 80, protocol: 'tcp' }, endpoints: [{ address: '192.0.2.1', port: 80 }], tls } } });
  expect([put.status, put.text]).toEqual([201, expect.anything()]);
  await expect.poll(() => [...(view.names('MeshExternalService') ?? [])].map((name) => specOf(view, 'MeshExternalService', name))).toEqual([expect.objectContaining({ tls })]);
  const resource: Resource = { type: 'MeshTimeout', mesh: 'default', name: 'offered', labels: { 'kuma.io/display-name': 'offered' }, creationTime: '', modificationTime: '', version: 0, spec: {} };
  const before = [...(view.names('MeshTimeout') ?? [])].length;
  feed.offer(resource);
  expect([...(view.names('MeshTimeout') ?? [])]).toHaveLength(before + 1);
  feed.withdraw(resource);
  expect([...(view.names('MeshTimeout') ?? [])]).toHaveLength(before);
});
