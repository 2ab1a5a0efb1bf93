import type { ResourceId } from '@weft/resource-model';
import { XDS_TYPES, type ProxySnapshot, type SharedResource } from '@weft/xds-core';
import { describe, expect, it } from 'vitest';
import { Refusals } from './refusals.ts';

const cluster = (name: string, version = '1'): SharedResource => ({ type: 'cds', name, version, body: new Uint8Array() });
const snapshot = (...clusters: readonly SharedResource[]): ProxySnapshot =>
  Object.fromEntries(XDS_TYPES.map((type) => [type, new Map(type === 'cds' ? clusters.map((one) => [one.name, one]) : [])])) as unknown as ProxySnapshot;
const names = (refusals: Refusals): readonly string[] => refusals.unexplained.map(({ resource }) => resource);
const POLICY = 'MeshProxyPatch/default/bad' as ResourceId;

describe('what a proxy refuses', () => {
  it("is what Envoy's words name, or the whole response where they name nothing", () => {
    const refusals = new Refusals();
    refusals.refused('cds', { resources: [cluster('web'), cluster('web-2'), cluster('shop')], message: 'Error adding/updating cluster(s) web-2: no, shop: no' }, 0);
    expect(names(refusals)).toEqual(['web-2', 'shop']);
    refusals.refused('cds', { resources: [cluster('web'), cluster('web-2')], message: 'no' }, 0);
    expect(names(refusals)).toEqual(['web-2', 'shop', 'web']);
  });

  it('stays explained while it is sent and refused again, until it is accepted', () => {
    const refusals = new Refusals();
    const response = { resources: [cluster('web')], message: 'web: no\n' };
    refusals.refused('cds', response, 1_000);
    const [first] = refusals.unexplained;
    if (first !== undefined) refusals.explain(first, [POLICY]);
    refusals.refused('cds', response, 6_000);
    expect(refusals.toJson()).toEqual([{ type: 'cds', resource: 'web', message: 'web: no', since: '1970-01-01T00:00:01.000Z', policies: [POLICY] }]);
    refusals.accepted('cds', [cluster('web')]);
    expect(refusals.toJson()).toEqual([]);
  });

  it('is none any more once something else is wanted; another content is another refusal', () => {
    const refusals = new Refusals();
    refusals.refused('cds', { resources: [cluster('web'), cluster('shop')], message: 'no' }, 0);
    expect(refusals.replaced(snapshot(cluster('web', '2'), cluster('shop')))).toBe(true);
    expect(names(refusals)).toEqual(['shop']);
    expect(refusals.replaced(snapshot(cluster('web', '2'), cluster('shop')))).toBe(false);
    const [shop] = refusals.unexplained;
    refusals.refused('cds', { resources: [cluster('shop', '2')], message: 'no' }, 0);
    if (shop !== undefined) refusals.explain(shop, [POLICY]);
    expect(names(refusals)).toEqual(['shop']);
  });

  it('counts what could not be built, for as long as that is so, and not with the stream', () => {
    const refusals = new Refusals();
    refusals.built([{ resource: 'cluster web', reason: 'no such path' }], 0);
    refusals.refused('cds', { resources: [cluster('web')], message: 'no' }, 0);
    refusals.reset();
    expect(refusals.toJson()).toEqual([{ resource: 'cluster web', message: 'no such path', since: '1970-01-01T00:00:00.000Z', policies: [] }]);
    refusals.built([], 0);
    expect(refusals.toJson()).toEqual([]);
  });

  it('is bounded', () => {
    const refusals = new Refusals();
    refusals.refused('cds', { resources: Array.from({ length: 100 }, (_, n) => cluster(`c${n}`)), message: 'x'.repeat(5_000) }, 0);
    expect(JSON.stringify(refusals.toJson()).length).toBeLessThan(30_000);
    expect(refusals.toJson()).toHaveLength(20);
  });
});
