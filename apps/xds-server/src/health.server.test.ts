import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { EnvoyProcess } from './testing/envoy-process.ts';
import { smallSnapshot, TestPlane } from './testing/test-plane.ts';

let plane: TestPlane | undefined;
let envoy: EnvoyProcess | undefined;
let workload: Server | undefined;

afterEach(async () => {
  await envoy?.stop();
  await plane?.close();
  workload?.close();
});

const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 40_000, interval: 50 });

it('a real Envoy probes the workload with the timings of Kuma, and says when it comes up and dies', async () => {
  workload = createServer((socket) => socket.on('error', () => undefined).end());
  workload.listen(0, '127.0.0.1');
  await once(workload, 'listening');
  const { port } = workload.address() as AddressInfo;
  const inbound = { port: 8080, servicePort: port, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': 'web' }, serviceProbe: { tcp: {} }, state: 'NotReady', health: { ready: false } };
  const document = JSON.stringify({ type: 'Dataplane', mesh: 'default', name: 'web-1', networking: { address: '127.0.0.1', inbound: [inbound] } });
  plane = await TestPlane.start();
  plane.give('web-1', { ...smallSnapshot(), cds: new Map(), eds: new Map(), lds: new Map(), rds: new Map() });
  envoy = await EnvoyProcess.start(plane.port, { name: 'web-1', document, features: ['feature-delta-grpc'] });
  const { health } = plane;
  await soon(() => expect(health.map(({ finding }) => finding)).toContainEqual({ proxy: 'steady', workloads: { [port]: 'up' } }));
  plane.change({ op: 'put', resource: { ...JSON.parse(document) as { type: string; mesh: string; name: string }, labels: {}, version: 2, creationTime: '', modificationTime: '', spec: { networking: { address: '127.0.0.1', inbound: [{ ...inbound, state: 'Ready', health: { ready: true } }] } } } });
  const before = health.length;
  await new Promise<void>((resolve) => workload?.close(() => resolve()));
  await soon(() => expect(health.slice(before).map(({ finding }) => finding)).toContainEqual({ proxy: 'steady', workloads: { [port]: 'down' } }));
});
