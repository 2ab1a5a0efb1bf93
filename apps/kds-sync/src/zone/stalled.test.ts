import { startPlainServer } from '@weft/grpc-transport';
import { kdsServices, type KdsServerStream, type ZoneCall } from '@weft/kds-transport';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FederatedZone } from './testing/federated-zone.ts';

const KEEP_STILL = (_: ZoneCall, stream: KdsServerStream): void => void stream.on('error', () => undefined).resume();

let server: Awaited<ReturnType<typeof startPlainServer>>;
let zone: FederatedZone;

beforeAll(async () => {
  server = await startPlainServer({
    host: '127.0.0.1', port: 0, limits: {}, http: (_, response) => response.end(),
    services: kdsServices({ globalToZone: KEEP_STILL, zoneToGlobal: KEEP_STILL, configDumps: KEEP_STILL, stats: KEEP_STILL, clusters: KEEP_STILL, healthCheck: async () => new Uint8Array() }),
  });
  zone = await FederatedZone.start({ name: 'east', global: () => `127.0.0.1:${server.port}`, kds: { stallTimeout: 300, retryBackoff: 20 } });
});

afterAll(async () => {
  await zone.close();
  await server.close();
});

it('a global control plane that is there but sends nothing is noticed, counted, and called anew', async () => {
  await expect.poll(() => zone.held()['zone_sync_stalls']).toBeGreaterThanOrEqual(2);
  expect(zone.held()).toMatchObject({ zone_sync_connected: 0 });
});
