// What policies cost one proxy, and how that grows with their number: `npm run bench:policies`. Each figure is the median of
// several runs and stands beside a floor of the same run, the time to write all policies down as canonical JSON, since
// absolute times vary between machines. docs/benchmarks.md keeps what a run printed.
import { canonicalJson } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { createConfigEngine, type ConfigEngine } from '../src/index.ts';
import { client, dataplane, drain, mesh, policy, virtualIp } from '../src/testing.ts';

const SERVICES = 50;
const RUNS = 15;

/** One in ten policies selects the proxy that is measured; the others select proxies of other services. */
function policies(count: number): Resource[] {
  return Array.from({ length: count }, (_, index) => numbered(index, 1));
}

function numbered(index: number, seconds: number): Resource {
  const service = index % 10 === 0 ? 'svc-0' : `svc-${1 + (index % (SERVICES - 1))}`;
  const targetRef = { kind: 'MeshSubset', tags: { 'kuma.io/service': service } };
  const to = [{ targetRef: { kind: 'MeshService', name: `svc-${(index * 7) % SERVICES}` }, default: { http: { requestTimeout: `${seconds}s` } } }];
  const kinds = [
    () => policy('MeshTimeout', `p-${index}`, { targetRef, to }, seconds),
    () => policy('MeshRetry', `p-${index}`, { targetRef, to: [{ ...to[0], default: { http: { numRetries: seconds } } }] }, seconds),
    () => policy('MeshCircuitBreaker', `p-${index}`, { targetRef, to: [{ ...to[0], default: { connectionLimits: { maxConnections: seconds } } }] }, seconds),
    () => policy('MeshTrafficPermission', `p-${index}`, { targetRef, from: [{ targetRef: { kind: 'MeshService', name: `svc-${(index * 3) % SERVICES}` }, default: { action: 'Allow' } }] }, seconds),
  ];
  const kind = kinds[(index / 10 | 0) % kinds.length];
  if (kind === undefined) throw new Error('no kind');
  return kind();
}

function world(): Resource[] {
  return [
    mesh('STRICT'),
    ...Array.from({ length: SERVICES }, (_, index) => virtualIp(`240.0.0.${index + 1}`, `svc-${index}`)),
    ...Array.from({ length: SERVICES }, (_, index) => dataplane({ name: `dp-${index}`, address: `10.0.0.${index + 1}`, service: `svc-${index}`, redirected: true })),
  ];
}

function start(count: number): ConfigEngine {
  const engine = createConfigEngine();
  engine.load([...world(), ...policies(count)]);
  return engine;
}

function cold(engine: ConfigEngine): void {
  engine.connect(client('dp-0'));
  drain(engine);
}

interface Figures {
  readonly floor: number;
  readonly cold: number;
  readonly touching: number;
  readonly elsewhere: number;
}

function measure(count: number): Figures {
  const all = policies(count);
  const engine = start(count);
  cold(engine);
  let version = 2;
  const change = (index: number) => (): void => {
    engine.apply([{ op: 'put', resource: numbered(index, version++) }]);
    drain(engine);
  };
  return {
    floor: median(() => () => canonicalJson(all)),
    cold: median(() => {
      const fresh = start(count);
      return () => cold(fresh);
    }),
    touching: median(() => change(0)),
    elsewhere: median(() => change(1)),
  };
}

/** Milliseconds; what `prepare` does is not counted. */
function median(prepare: () => () => unknown): number {
  const times = Array.from({ length: RUNS }, () => {
    const work = prepare();
    const begin = performance.now();
    work();
    return performance.now() - begin;
  });
  return times.sort((a, b) => a - b)[RUNS >> 1] ?? Number.NaN;
}

measure(60);
process.stdout.write(`policies | floor | first config of one proxy | change that touches it | change elsewhere | (ms, and as a multiple of the floor)\n`);
for (const count of [125, 250, 500, 1000]) {
  const { floor, ...figures } = measure(count);
  const shown = Object.values(figures).map((ms) => `${ms.toFixed(2)} (${(ms / floor).toFixed(1)})`);
  process.stdout.write(`${[count, floor.toFixed(2), ...shown].join(' | ')}\n`);
}
