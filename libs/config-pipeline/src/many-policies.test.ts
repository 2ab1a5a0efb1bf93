import { fromBinary } from '@bufbuild/protobuf';
import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import type { ConfigEngine } from './config-engine.ts';
import { createConfigEngine } from './create-config-engine.ts';
import { client, dataplane, drain, mesh, policy, virtualIp } from './testing.ts';

const POLICIES = 500;
const SERVICES = 20;
const WEB = { mesh: 'default', name: 'dp-0' };

/** One in ten is about the proxy of svc-0: its way to one of five services; the others are about other proxies. */
function numbered(index: number, seconds = 1 + (index % 60), version = 1): Resource {
  const touching = index % 10 === 0;
  const targetRef = { kind: 'MeshSubset', tags: { 'kuma.io/service': touching ? 'svc-0' : `svc-${1 + (index % (SERVICES - 1))}` } };
  return policy('MeshTimeout', `p-${String(index).padStart(3, '0')}`, { targetRef, to: [{ targetRef: { kind: 'MeshService', name: `svc-${1 + ((index / 10 | 0) % 5)}` }, default: { connectionTimeout: `${seconds}s` } }] }, version);
}

const all = Array.from({ length: POLICIES }, (_, index) => numbered(index));
const touching = all.filter((_, index) => index % 10 === 0);

function start(policies: readonly Resource[]): ConfigEngine {
  const engine = createConfigEngine();
  engine.load([
    mesh('STRICT'), ...policies,
    ...Array.from({ length: SERVICES }, (_, index) => virtualIp(`240.0.0.${index + 1}`, `svc-${index}`)),
    ...Array.from({ length: SERVICES }, (_, index) => dataplane({ name: `dp-${index}`, address: `10.0.0.${index + 1}`, service: `svc-${index}`, redirected: true })),
  ]);
  for (let index = 0; index < SERVICES; index++) engine.connect(client(`dp-${index}`));
  drain(engine);
  return engine;
}

function connectSeconds(engine: ConfigEngine, service: string): number | undefined {
  const cluster = engine.config(WEB)?.snapshot.cds.get(service);
  return cluster === undefined ? undefined : Number(fromBinary(ClusterSchema, cluster.body).connectTimeout?.seconds);
}

function versions(engine: ConfigEngine): readonly string[] {
  const { cds, lds, rds } = engine.config(WEB)?.snapshot ?? {};
  return [cds, lds, rds].flatMap((resources) => [...(resources ?? [])].map(([name, { version }]) => `${name} ${version}`)).sort();
}

describe('500 policies, 50 of them about one proxy', () => {
  const engine = start(all);

  it('give what the first of them by name says, in whatever order they came', () => {
    expect(touching).toHaveLength(50);
    // Of the ten about each service the first by name wins; svc-1 has p-000, p-050, …
    expect([1, 2, 3, 4, 5].map((service) => connectSeconds(engine, `svc-${service}`))).toEqual([1, 11, 21, 31, 41]);
    expect(connectSeconds(engine, 'svc-6')).toBe(5);
    expect(versions(start(all.toReversed()))).toEqual(versions(engine));
  });

  it('a change of one that is about others leaves the proxy alone; of one about it, all but one cluster', () => {
    engine.apply([{ op: 'put', resource: numbered(1, 59, 2) }]);
    expect(drain(engine).map(({ proxy }) => proxy.name)).not.toContain('dp-0');
    engine.apply([{ op: 'put', resource: numbered(0, 59, 2) }]);
    expect(drain(engine)).toEqual([expect.objectContaining({ proxy: WEB, changed: expect.objectContaining({ cds: new Set(['svc-1']) }) })]);
    expect(connectSeconds(engine, 'svc-1')).toBe(59);
  });

  it('without the 50 the proxy has what it had if they had never been', () => {
    engine.apply(touching.map((key) => ({ op: 'delete', key })));
    drain(engine);
    expect(versions(engine)).toEqual(versions(start(all.filter((one) => !touching.includes(one)))));
  });
});
