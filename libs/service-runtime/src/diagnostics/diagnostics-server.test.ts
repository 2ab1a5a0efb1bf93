import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { MetricRegistry } from './counters.ts';
import { startDiagnostics } from './diagnostics-server.ts';
import { addProcessMetrics } from './process-metrics.ts';

test('healthy, ready, metrics', async () => {
  let ready = false;
  const metrics = new MetricRegistry();
  const count = metrics.counter('weft_things_total', 'Things.');
  count({ kind: 'a"b' });
  count({ kind: 'a"b' }, 2);
  const stop = addProcessMetrics(metrics);
  const server = await startDiagnostics({ port: 0, host: '127.0.0.1', isReady: () => ready, metrics });
  const get = (path: string) => fetch(`http://${server.address}${path}`);
  try {
    expect((await get('/healthy')).status).toBe(200);
    expect((await get('/ready')).status).toBe(503);
    ready = true;
    expect((await get('/ready')).status).toBe(200);
    const text = await (await get('/metrics')).text();
    expect(text).toContain('# TYPE weft_things_total counter\nweft_things_total{kind="a\\"b"} 3\n');
    expect(text).toMatch(/nodejs_eventloop_lag_p99_seconds [\d.e-]+\n/);
    expect((await get('/x')).status).toBe(404);
    expect((await fetch(`http://${server.address}/ready`, { method: 'POST' })).status).toBe(405);
  } finally {
    stop();
    await server.close();
  }
});

test('garbage and half-open connections do not hold it up', async () => {
  const server = await startDiagnostics({ port: 0, host: '127.0.0.1', isReady: () => true, metrics: new MetricRegistry() });
  const port = Number(server.address.split(':')[1]);
  const garbage = connect(port, '127.0.0.1');
  garbage.on('error', () => undefined);
  garbage.resume();
  garbage.end('\u0000\u0001nonsense\r\n\r\n');
  const half = connect(port, '127.0.0.1');
  half.on('error', () => undefined);
  half.write('GET /ready');
  await once(garbage, 'close');
  expect((await fetch(`http://${server.address}/ready`)).status).toBe(200);
  await server.close();
  if (!half.destroyed) await once(half, 'close');
});
