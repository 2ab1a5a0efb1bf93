import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { metricFamilies, readSample, type MetricFamily } from './exposition-families.ts';
import { expositionLines, LineFilter } from './exposition-lines.ts';
import { metricFilter } from './metric-filter.ts';
import { metricLines } from './metric-sources.ts';
import { NO_METRICS_CONFIG, readMetricsConfig } from './metrics-config.ts';
import { startMetricsServer } from './metrics-server.ts';
import { otlpMetric } from './otlp-metrics.ts';

const TEXT = '# HELP rq requests\n# TYPE rq counter\nrq{code="200"} 5\nrq{code="500"} 1\n# TYPE ms histogram\nms_bucket{le="1"} 2\nms_bucket{le="+Inf"} 3\nms_sum 9\nms_count 3\nlone 4 1700000000\n';

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('the text format', () => {
  it('is read line by line, wherever it is cut', async () => {
    const whole = (await collect(expositionLines(Readable.from([Buffer.from(TEXT)]), 1e6))).flat();
    const cut = (await collect(expositionLines(Readable.from([...Buffer.from(TEXT)].map((byte) => Buffer.from([byte]))), 1e6))).flat();
    expect(cut).toEqual(whole);
    expect(whole).toHaveLength(10);
  });

  it('ends where it is too long, with whole lines; a line without end is refused', async () => {
    const many = Readable.from(Array.from({ length: 1000 }, () => Buffer.from('a 1\n')));
    expect((await collect(expositionLines(many, 400))).flat()).toHaveLength(100);
    await expect(collect(expositionLines(Readable.from([Buffer.from('x'.repeat(100_000))]), 1e6))).rejects.toThrow('more than');
  });

  it('becomes families, and metrics of OpenTelemetry', async () => {
    const families: MetricFamily[] = await collect(metricFamilies((async function* () { yield TEXT.split('\n'); })()));
    expect(families.map(({ name, kind, samples }) => [name, kind, samples.length])).toEqual([['rq', 'counter', 2], ['ms', 'histogram', 4], ['lone', 'untyped', 1]]);
    const [sum, histogram, gauge] = families.map((family) => otlpMetric(family, { start: 1n, now: 2n }));
    expect(sum?.data).toMatchObject({ case: 'sum', value: { isMonotonic: true, dataPoints: [{ value: { value: 5 } }, { value: { value: 1 } }] } });
    expect(histogram?.data).toMatchObject({ case: 'histogram', value: { dataPoints: [{ count: 3n, sum: 9, explicitBounds: [1], bucketCounts: [2n, 1n] }] } });
    expect(gauge?.data).toMatchObject({ case: 'gauge', value: { dataPoints: [{ value: { value: 4 } }] } });
  });

  it('has samples with any labels, and lines that are none', () => {
    expect(readSample('a{x="1,}\\"\\\\",y="\\n"} +Inf 5')).toEqual({ name: 'a', labels: { x: '1,}"\\', y: '\n' }, value: Infinity });
    expect(['', 'a', 'a{', 'a{x="1"}', '<html>'].map(readSample)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});

describe('the profile', () => {
  const profile = (names: readonly string[], more: object = {}) => metricFilter({ ...NO_METRICS_CONFIG.sidecar, profiles: names, ...more });

  it('is all without a name; what is included wins over what is excluded', () => {
    const wanted = (names: readonly string[], more: object = {}) => ['envoy_server_live', 'envoy_runtime_x', 'envoy_cluster_upstream_rq_total'].filter(profile(names, more));
    expect(wanted([])).toHaveLength(3);
    expect(wanted(['None', 'Basic'])).toEqual(['envoy_server_live', 'envoy_cluster_upstream_rq_total']);
    expect(wanted(['All'], { exclude: [{ type: 'Prefix', match: 'envoy_' }], include: [{ type: 'Contains', match: 'runtime' }] })).toEqual(['envoy_runtime_x']);
    expect(wanted(['None'], { include: [{ type: 'Regex', match: '(' }, { type: 'Regex', match: 'live$' }, { type: 'Odd', match: '' }] })).toEqual(['envoy_server_live']);
  });

  it('takes families with their headers and parts', () => {
    const filter = new LineFilter((name) => name === 'ms');
    expect(TEXT.split('\n').filter((line) => filter.keeps(line))).toEqual(TEXT.split('\n').slice(4, 9));
  });
});

describe('one text of several sources', () => {
  let folder: string;
  let app: Server;
  const port = (): number => (app.address() as AddressInfo).port;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weft-mh-'));
    app = createServer((incoming, response) => {
      if (incoming.url === '/broken') response.write('half 1\nhal', () => response.destroy());
      else response.writeHead(incoming.url === '/metrics' ? 200 : 500).end('orders 1\n# EOF\n');
    }).listen(0, '127.0.0.1');
    await once(app, 'listening');
  });

  afterEach(() => {
    app.closeAllConnections();
    app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('goes on where a source is missing, refuses or breaks off, and says so', async () => {
    const troubles: string[] = [];
    const at = (name: string, path: string) => ({ name, host: '127.0.0.1', port: port(), path });
    const config = { ...NO_METRICS_CONFIG, applications: [at('broken', '/broken'), at('angry', '/angry'), at('good', '/metrics')] };
    const socket = join(folder, 'mh.sock');
    const server = await startMetricsServer(socket, () => metricLines({ envoy: { socketPath: join(folder, 'nobody.sock') }, config, onTrouble: (source) => troubles.push(source) }));
    const body = await new Promise<string>((resolve) => {
      request({ socketPath: socket, path: '/meshmetric?usedonly' }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => { text += chunk.toString(); }).on('end', () => resolve(text));
      }).end();
    });
    server.close();
    expect(body).toBe('half 1\norders 1\n');
    expect(troubles).toEqual(['Envoy', 'broken', 'angry']);
  });
});

it('a document of another shape means what of it can be read', () => {
  expect(readMetricsConfig('nonsense')).toBeUndefined();
  expect(readMetricsConfig('{"observability":{"metrics":{"applications":[{"port":80},{"port":"x"}],"backends":[{"type":"OpenTelemetry","name":"c","openTelemetry":{"endpoint":"/s","refreshInterval":"odd"}},{"type":"Prometheus"}],"sidecar":7}}}')).toEqual({
    ...NO_METRICS_CONFIG,
    applications: [{ name: '127.0.0.1:80', host: '127.0.0.1', port: 80, path: '/metrics' }],
    targets: [{ name: 'c', socketPath: '/s', refreshIntervalMs: 60_000, httpPath: undefined }],
  });
});
