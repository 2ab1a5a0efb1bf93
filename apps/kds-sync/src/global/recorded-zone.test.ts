import { readFileSync } from 'node:fs';
import { decodeSyncRequest, decodeSyncResponse, encodeSyncRequest, encodeSyncResponse, type SyncRequest, type SyncResponse } from '@weft/kds-core';
import type { KdsClientStream } from '@weft/kds-transport';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGlobal, STOCK_CALL, type GlobalForTest } from './testing/global-for-test.ts';

interface RecordedResponse {
  readonly type: string;
  readonly nonce: string;
  readonly resources: readonly { readonly name: string; readonly version: string; readonly body: string }[];
  readonly removed: readonly string[];
}

const RECORDED = JSON.parse(readFileSync(new URL('../../testdata/recorded-zone.json', import.meta.url), 'utf8')) as { readonly asks: readonly string[]; readonly responses: readonly RecordedResponse[] };
const METADATA = {
  version: { kumaCp: { version: '2.14.3', gitTag: '2.14.3', gitCommit: '0c7aaec033b7dad03c3a9f4d5b56eb6d941bfff9', buildDate: '2026-08-07T15:05:59Z' } },
  config: '{"store":{"type":"memory"}}', 'control-plane-id': 'zone-1.local-da66', features: ['zone-token', 'hash-suffix', 'hg-mz-selector', 'producer-policy-flow', 'optional-top-level-target-ref'],
};

let global: GlobalForTest;
beforeAll(async () => {
  global = await startGlobal();
});
afterAll(() => global.close());

const streams: KdsClientStream[] = [];

function open(name: 'globalToZone' | 'zoneToGlobal'): KdsClientStream {
  const stream = global.link(STOCK_CALL).open(name);
  streams.push(stream);
  return stream;
}

it('a recorded zone is answered once for each type that it asks for, in the order of its requests', async () => {
  const stream = open('globalToZone');
  const responses: SyncResponse[] = [];
  stream.on('error', () => undefined).on('data', (bytes: Uint8Array) => {
    const response = decodeSyncResponse(bytes);
    if (response.ok) responses.push(response.value);
  });
  for (const type of RECORDED.asks) stream.write(encodeSyncRequest({ type, node: { id: 'zone-1', metadata: METADATA }, subscribe: true, initialVersions: new Map(), nonce: '' }));
  await expect.poll(() => responses.length).toBe(RECORDED.asks.length);
  expect(responses.map(({ type, nonce, sender, scope }) => [type, nonce, sender, scope])).toEqual(RECORDED.asks.map((type, index) => [type, String(index + 1), 'global', 'stock']));
  expect(responses.find(({ type }) => type === 'Config')?.resources.map(({ name }) => name)).toEqual(['kuma-cluster-id.']);
});

it('a recorded zone is asked for what Kuma asks for, and all that it sends is taken', async () => {
  const stream = open('zoneToGlobal');
  const asked: SyncRequest[] = [];
  const answers = new Map<string, string>();
  stream.on('error', () => undefined).on('data', (bytes: Uint8Array) => {
    const request = decodeSyncRequest(bytes);
    if (!request.ok) return;
    if (request.value.nonce === '') asked.push(request.value);
    else answers.set(request.value.nonce, request.value.error ?? 'ACK');
  });
  // Empty first responses come in the order in which this server asked; who sends first does not matter to either side.
  const types = new Set(RECORDED.responses.map(({ type }) => type));
  await expect.poll(() => asked.length).toBe(types.size);
  expect(new Set(asked.map(({ type }) => type))).toEqual(types);
  expect(asked.every(({ node, subscribe }) => node?.id === 'zone-1' && subscribe)).toBe(true);
  for (const { resources, ...response } of RECORDED.responses) {
    stream.write(encodeSyncResponse({ ...response, sender: 'zone-1', scope: 'stock', resources: resources.map(({ body, ...item }) => ({ ...item, body: Buffer.from(body, 'base64') })) }));
  }
  await expect.poll(() => answers.size, { timeout: 20_000 }).toBe(RECORDED.responses.length);
  expect([...answers].filter(([, answer]) => answer !== 'ACK')).toEqual([]);
  const named = async (path: string): Promise<unknown[]> => ((await global.store.call('GET', path)).json?.['items'] as { readonly name: string }[]).map(({ name }) => name);
  expect(await named('/meshes/default/dataplanes')).toEqual(['backend-1-66xx8vw7fxxw7bb8']);
  expect(await named('/zoneingresses')).toEqual(['ingress-1-d42xfc5b76vxd222']);
  expect(await named('/meshes/default/meshservices')).toEqual(['backend-d8466458x7574b7b']);
  expect((await named('/meshes/default/meshtimeouts')).filter((name) => String(name).startsWith('zone-local'))).toEqual([]);
  // Observed state comes by the bus.
  await expect.poll(async () => (await global.store.call('GET', '/meshes/default/dataplanes/_overview')).json).toMatchObject({ items: [{ dataplaneInsight: { subscriptions: [{ connectTime: expect.any(String) }] } }] });
});

it('deleting its Zone deletes what came from it, and nothing else', async () => {
  expect(await global.store.call('GET', '/meshes/default/dataplanes')).toMatchObject({ json: { total: 1 } });
  expect((await global.store.call('DELETE', '/zones/zone-1')).status).toBe(400);
  for (const stream of streams) stream.cancel();
  await expect.poll(async () => (await global.store.call('DELETE', '/zones/zone-1')).status).toBe(200);
  for (const path of ['/meshes/default/dataplanes', '/zoneingresses', '/meshes/default/meshservices']) expect((await global.store.call('GET', path)).json).toMatchObject({ total: 0 });
  expect((await global.store.call('GET', '/meshes/default')).status).toBe(200);
  await expect.poll(async () => (await global.store.call('GET', '/dataplane-insights')).json?.['total'] ?? 0).toBe(0);
  await expect.poll(async () => (await global.store.call('GET', '/zone-insights')).json).toMatchObject({ total: 0 });
});
