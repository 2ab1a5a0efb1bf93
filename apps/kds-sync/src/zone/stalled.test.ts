import { startPlainServer } from '@weft/grpc-transport';
import { decodeSyncRequest, encodeSyncResponse } from '@weft/kds-core';
import { kdsServices, openKdsLink, type KdsServerStream, type ZoneCall } from '@weft/kds-transport';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PeerResources } from '../peer-resources.ts';
import { ReceivingEnd } from '../receiving-end.ts';
import { FederatedZone } from './testing/federated-zone.ts';

const KEEP_STILL = (_: ZoneCall, stream: KdsServerStream): void => void stream.on('error', () => undefined).resume();

type Server = Awaited<ReturnType<typeof startPlainServer>>;

/** A global control plane that does with the stream of resources what the test wants, and nothing else. */
function startServer(globalToZone: (call: ZoneCall, stream: KdsServerStream) => void): Promise<Server> {
  return startPlainServer({
    host: '127.0.0.1', port: 0, limits: {}, http: (_, response) => response.end(),
    services: kdsServices({ globalToZone, zoneToGlobal: KEEP_STILL, configDumps: KEEP_STILL, stats: KEEP_STILL, clusters: KEEP_STILL, healthCheck: async () => new Uint8Array() }),
  });
}

let server: Server;
let zone: FederatedZone;

beforeAll(async () => {
  server = await startServer(KEEP_STILL);
  zone = await FederatedZone.start({ name: 'east', global: () => `127.0.0.1:${server.port}`, kds: { stallTimeout: 300, retryBackoff: 20 } });
});

afterAll(async () => {
  await zone.close();
  await server.close();
});

it('a global control plane that is there but sends nothing is noticed, counted, and called anew', async () => {
  await expect.poll(() => zone.held()['zone_sync_stalls']).toBeGreaterThanOrEqual(2);
  expect(zone.held()).toMatchObject({ zone_sync_connected: 0 });
  await expect.poll(async () => (await zone.store.call('GET', '/zone-insights/east')).json).toMatchObject({ incidents: [{ kind: 'stalled', reason: expect.stringContaining('nothing has moved for 0.3 s: ') as string, count: expect.any(Number) as number }] });
});

it('a stock global control plane that never answers for some types, because it does not know them, is not held to have stopped', async () => {
  const asked: string[] = [];
  const old = await startServer((_, stream) => {
    stream.on('error', () => undefined);
    stream.on('data', (bytes: Uint8Array) => {
      const request = decodeSyncRequest(bytes);
      if (!request.ok || !request.value.subscribe) return;
      asked.push(request.value.type);
      if (asked.length === 1) stream.write(encodeSyncResponse({ type: request.value.type, nonce: '1', sender: 'global', scope: 'stock', resources: [], removed: [] }));
    });
  });
  const link = openKdsLink({ address: `127.0.0.1:${old.port}`, tls: 'plain', call: { zone: 'east', features: new Set(), version: '2.14.3' } });
  const stream = link.open('globalToZone');
  stream.on('error', () => undefined);
  const types = ['Mesh', 'MeshTimeout'];
  const resources = await PeerResources.load({ bus: zone.store.ports.bus, from: { side: 'global' }, types, writer: 'test' });
  const end = new ReceivingEnd({ stream, from: 'the global control plane', resources, types, weftTypes: ['MeshRequestPermission'], node: { id: 'east' }, peer: 'ask', onMove: () => undefined, onRefused: () => undefined, onFailure: () => undefined });
  expect(end.due()).toHaveLength(2);
  await expect.poll(() => asked).toEqual(['Mesh', 'MeshTimeout']);
  expect(end.due()).toEqual([]);
  stream.cancel();
  link.close();
  await old.close();
});
