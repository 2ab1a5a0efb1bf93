import { fromBinary } from '@bufbuild/protobuf';
import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { describe, expect, it } from 'vitest';
import { createConfigEngine } from './create-config-engine.ts';
import { client, dataplane, drain, mesh, policy } from './testing.ts';

const WEBS = ['web-1', 'web-2', 'web-3'] as const;
const outbounds = [{ port: 20001, service: 'api' }, { port: 20002, service: 'db' }];
const patch = (version: number, ...appendModifications: readonly unknown[]) => policy('MeshProxyPatch', 'p', { targetRef: { kind: 'Dataplane', labels: { patched: 'yes' } }, default: { appendModifications } }, version);
const timeout = (value: string) => ({ cluster: { operation: 'Patch', match: { name: 'api' }, value: `connect_timeout: ${value}` } });

function started() {
  const engine = createConfigEngine();
  engine.load([
    mesh(), dataplane({ name: 'api', address: '10.0.1.1', service: 'api' }), dataplane({ name: 'db', address: '10.0.1.2', service: 'db', protocol: 'tcp' }),
    ...WEBS.map((name, at) => dataplane({ name, address: `10.0.0.${at + 1}`, service: 'web', outbounds, labels: name === 'web-1' ? { patched: 'yes' } : {} })),
  ]);
  for (const name of WEBS) engine.connect(client(name));
  drain(engine);
  const config = (name: string) => engine.config({ mesh: 'default', name });
  const seconds = (name: string): unknown => {
    const found = config(name)?.snapshot.cds.get('api');
    return found === undefined ? undefined : Number(fromBinary(ClusterSchema, found.body).connectTimeout?.seconds);
  };
  return { engine, config, seconds };
}

describe('a patched proxy', () => {
  it('is a class of its own: the others hear nothing, and what is equal stays one object', () => {
    const { engine, config, seconds } = started();
    engine.apply([{ op: 'put', resource: patch(1, timeout('23s')) }]);
    expect(drain(engine).map(({ proxy, changed }) => [proxy.name, changed])).toEqual([['web-1', { cds: new Set(['api']) }]]);
    expect([seconds('web-1'), seconds('web-2')]).toEqual([23, 5]);
    expect(config('web-1')?.snapshot.cds.get('db')).toBe(config('web-2')?.snapshot.cds.get('db'));
    expect(config('web-1')?.snapshot.lds.get('outbound:127.0.0.1:20001')).toBe(config('web-2')?.snapshot.lds.get('outbound:127.0.0.1:20001'));
    expect(config('web-2')?.snapshot.cds.get('api')).toBe(config('web-3')?.snapshot.cds.get('api'));
    engine.apply([{ op: 'delete', key: { type: 'MeshProxyPatch', mesh: 'default', name: 'p' } }]);
    drain(engine);
    expect(config('web-1')?.snapshot.cds.get('api')).toBe(config('web-2')?.snapshot.cds.get('api'));
  });

  it('keeps the last good version of what a patch fails on, and says why', () => {
    const { engine, config, seconds } = started();
    const misfit = { cluster: { operation: 'Patch', match: { name: 'api' }, jsonPatches: [{ op: 'replace', path: '/no', value: 1 }] } };
    engine.apply([{ op: 'put', resource: patch(1, timeout('23s')) }]);
    drain(engine);
    engine.apply([{ op: 'put', resource: patch(2, misfit, { cluster: { operation: 'Add', value: 'name: extra\ntype: STATIC' } }) }]);
    drain(engine);
    expect(config('web-1')?.problems).toEqual([{ resource: 'cluster api', reason: expect.stringContaining('JSON patch replace /no') }]);
    expect(seconds('web-1')).toBe(23);
    expect([...(config('web-1')?.snapshot.cds.keys() ?? [])]).toContain('extra');
    expect(config('web-2')?.problems).toEqual([]);
  });

  it('may lose a cluster that routes lead to', () => {
    const { engine, config } = started();
    engine.apply([{ op: 'put', resource: patch(1, { cluster: { operation: 'Remove', match: { name: 'api' } } }) }]);
    drain(engine);
    expect(config('web-1')?.snapshot.cds.has('api')).toBe(false);
    expect(config('web-1')?.snapshot.lds.has('outbound:127.0.0.1:20001')).toBe(true);
    expect(config('web-1')?.problems).toEqual([]);
  });
});
