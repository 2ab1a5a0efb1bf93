import type { DataplaneInbound, DataplaneSpec } from '@weft/resource-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROXY_DRAINS, PROXY_STARTED, type HealthFinding, type Vitality } from './health-finding.ts';
import { outOfRotation, withFinding } from './inbound-health.ts';

const spec = (...inbound: DataplaneInbound[]): DataplaneSpec => ({ networking: { address: '10.0.0.1', inbound } });
const after = (inbound: DataplaneInbound, finding: HealthFinding): DataplaneInbound | undefined => withFinding(spec(inbound), finding).networking?.inbound?.[0];
const OUT = { state: 'NotReady', health: { ready: false } } as const;

describe('withFinding', () => {
  it('takes an inbound without a probe out with its proxy, and back in without a trace', () => {
    const plain: DataplaneInbound = { port: 80, tags: { 'kuma.io/service': 'web' } };
    const out = after(plain, PROXY_DRAINS);
    expect(out).toEqual({ ...plain, ...OUT });
    expect(after({ ...plain, ...OUT }, { proxy: 'steady', workloads: {} })).toEqual({ ...plain, ...OUT });
    expect(after({ ...plain, ...OUT }, PROXY_STARTED)).toEqual(plain);
  });

  it('leaves alone what somebody set by hand on an inbound without a probe', () => {
    const byHand: DataplaneInbound = { port: 80, state: 'NotReady' };
    expect(after(byHand, PROXY_DRAINS)).toEqual(byHand);
    expect(after(byHand, PROXY_STARTED)).toEqual(byHand);
  });

  it.each<[string, Vitality, Vitality | undefined, 'in' | 'out' | 'same']>([
    ['the workload came up', 'steady', 'up', 'in'],
    ['the proxy came back while the workload is up', 'up', 'steady', 'in'],
    ['nothing changed', 'steady', 'steady', 'same'],
    ['the workload is not known yet', 'up', undefined, 'same'],
    ['the workload is down', 'steady', 'down', 'out'],
    ['the workload is up, but the proxy is down', 'down', 'up', 'out'],
  ])('a probed inbound where %s', (_name, proxy, workload, becomes) => {
    const finding = { proxy, workloads: workload === undefined ? {} : { 8080: workload } };
    for (const before of [{}, OUT]) {
      const inbound: DataplaneInbound = { port: 80, servicePort: 8080, serviceProbe: { tcp: {} }, ...before };
      const expected = { in: { ...inbound, state: 'Ready', health: { ready: true } }, out: { ...inbound, ...OUT }, same: inbound }[becomes];
      expect(after(inbound, finding)).toEqual(expected);
    }
  });

  it('an ignored inbound stays ignored', () => {
    expect(after({ port: 80, state: 'Ignored', serviceProbe: {} }, PROXY_DRAINS)).toEqual({ port: 80, state: 'Ignored', serviceProbe: {} });
  });

  it('gives the very same object where it changes nothing; a second time nothing is left to change', () => {
    const vitality = fc.constantFrom<Vitality>('up', 'steady', 'down');
    const inbound = fc.record(
      { port: fc.constantFrom(80, 81), serviceProbe: fc.constant({}), state: fc.constantFrom('Ready' as const, 'NotReady' as const, 'Ignored' as const), health: fc.record({ ready: fc.boolean() }) },
      { requiredKeys: ['port'] },
    );
    fc.assert(fc.property(fc.array(inbound), vitality, fc.dictionary(fc.constantFrom('80', '81'), vitality), (inbounds, proxy, workloads) => {
      const once = withFinding(spec(...inbounds), { proxy, workloads });
      expect(withFinding(once, { proxy, workloads })).toBe(once);
    }));
  });
});

describe('outOfRotation', () => {
  it('holds back everything of a proxy that has just started, whatever was known of an earlier one', () => {
    expect(outOfRotation(spec({ port: 80 }, { port: 81, serviceProbe: {}, state: 'Ready' }), spec({ port: 80 }))).toEqual(spec({ port: 80, ...OUT }, { port: 81, serviceProbe: {}, ...OUT }));
  });

  it('keeps what the document says itself, and what somebody set by hand', () => {
    expect(outOfRotation(spec({ port: 80, state: 'Ready' }), undefined)).toEqual(spec({ port: 80, state: 'Ready' }));
    expect(outOfRotation(spec({ port: 80 }), spec({ port: 80, state: 'NotReady' }))).toEqual(spec({ port: 80, state: 'NotReady' }));
    expect(outOfRotation(spec({ port: 80 }), spec({ port: 80, ...OUT }))).toEqual(spec({ port: 80, ...OUT }));
  });
});
