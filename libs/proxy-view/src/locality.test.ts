import type { Endpoint, EndpointSet } from '@weft/mesh-index';
import { describe, expect, it } from 'vitest';
import { endpointsView } from './endpoints-view.ts';
import { localityRules } from './locality.ts';
import type { KnownTarget } from './service-target.ts';

const TAG = { target: { kind: 'tag', service: 'api' } } as const;
const RESOURCE: Pick<KnownTarget, 'target'> = { target: { kind: 'resource', type: 'MeshService', kri: 'kri_msvc_default_east__api_80', name: 'api', namespace: '', zone: 'east', port: 80, sectionName: '80' } };
const HERE = { zone: 'east', tags: { node: ['n1'], rack: ['r1'] } };

function endpoint(address: string, zone: string | undefined, tags: Readonly<Record<string, string>> = {}): Endpoint {
  return { address, port: 80, weight: 1, tags, labels: {}, zone, protocol: 'http', ready: true };
}

/** `zone/sub-zone priority weight: addresses` of each locality. */
function localities(target: Pick<KnownTarget, 'target'>, conf: unknown, endpoints: readonly Endpoint[]): string[] {
  const locality = localityRules(target, conf, HERE);
  const set = { list: () => endpoints } as unknown as EndpointSet;
  return endpointsView({ clusterName: 'api', target: TAG.target, tags: {}, tls: undefined, ...(locality !== undefined && { locality }) }, set).localities
    .map(({ zone = '-', subZone, priority, weight, endpoints: members }) => `${zone}${subZone === undefined ? '' : `/${subZone}`} ${priority} ${weight ?? '-'}: ${members.map(({ address }) => address).join()}`);
}

const BOTH = [endpoint('1', 'east'), endpoint('2', 'west')];

describe('localities without groups', () => {
  it('are the zones', () => {
    expect(localities(TAG, undefined, BOTH)).toEqual(['east 0 -: 1', 'west 0 -: 2']);
  });

  it('of a real resource, or with a policy, prefer the own zone', () => {
    expect(localities(RESOURCE, undefined, BOTH)).toEqual(['east 0 -: 1', 'west 1 -: 2']);
    expect(localities(TAG, { localityAwareness: {} }, BOTH)).toEqual(['east 0 -: 1', 'west 1 -: 2']);
  });

  it('are alike where that is turned off', () => {
    expect(localities(RESOURCE, { localityAwareness: { disabled: true } }, BOTH)).toEqual(['east 0 -: 1', 'west 0 -: 2']);
  });

  it('count their priorities from 0, whatever is there', () => {
    expect(localities(RESOURCE, undefined, [endpoint('2', 'west')])).toEqual(['west 0 -: 2']);
  });
});

describe('a zone of which nothing answers', () => {
  const dead: Endpoint = { ...endpoint('9', 'north'), lowered: true };

  it('comes after all others, whichever rules there are', () => {
    expect(localities(TAG, undefined, [...BOTH, dead])).toEqual(['east 0 -: 1', 'west 0 -: 2', 'north 1 -: 9']);
    expect(localities(RESOURCE, undefined, [...BOTH, dead])).toEqual(['east 0 -: 1', 'west 1 -: 2', 'north 2 -: 9']);
    const failover = { localityAwareness: { crossZone: { failover: [{ to: { type: 'Only', zones: ['north'] } }, { to: { type: 'Any' } }] } } };
    expect(localities(TAG, failover, [...BOTH, dead])).toEqual(['east 0 1: 1', 'west 1 1: 2', 'north 2 1: 9']);
  });

  it('is left where there is no other', () => {
    expect(localities(RESOURCE, undefined, [dead])).toEqual(['north 0 -: 9']);
  });
});

describe('other zones behind an egress', () => {
  const behind = (zone: string, lowered?: true): Endpoint => ({ ...endpoint('9', zone), passed: true, ...(lowered && { lowered }) });
  const failover = (...to: readonly object[]) => ({ localityAwareness: { crossZone: { failover: to.map((one) => ({ to: one })) } } });

  it('are one locality, for all that rules lead to', () => {
    const all = [endpoint('1', 'east'), behind('west'), behind('north'), behind('south')];
    expect(localities(TAG, failover({ type: 'Only', zones: ['north'] }, { type: 'Only', zones: ['west'] }), all)).toEqual(['east 0 1: 1', expect.stringMatching(/^egress_[0-9a-f]{8} 1 1: 9$/)]);
    expect(localities(TAG, failover({ type: 'None' }), all)).toEqual(['east 0 1: 1']);
    expect(localities(TAG, { localityAwareness: { localZone: { affinityTags: [{ key: 'node' }] } } }, all)).toEqual(['east 0 1: 1']);
  });

  it('are the last resort only where none of them answers', () => {
    const rules = failover({ type: 'Any' });
    expect(localities(TAG, rules, [endpoint('1', 'east'), behind('west', true), endpoint('3', 'south')]).map((one) => one.split(' ').slice(1).join(' '))).toEqual(['0 1: 1', '1 1: 3', '2 1: 9']);
    expect(localities(TAG, rules, [endpoint('1', 'east'), behind('west', true), behind('north')])[1]).toMatch(/ 1 1: 9$/);
  });
});

describe('affinity', () => {
  const near = (...affinityTags: readonly object[]) => ({ localityAwareness: { localZone: { affinityTags } } });
  const own = [endpoint('1', 'east', { node: 'n1', rack: 'r1' }), endpoint('2', 'east', { node: 'n2', rack: 'r1' }), endpoint('3', 'east', { node: 'n2', rack: 'r2' }), endpoint('4', 'west', { node: 'n1' })];

  it('groups by the first tag whose value is the own one, and leaves out other zones', () => {
    expect(localities(TAG, near({ key: 'node' }, { key: 'rack' }), own)).toEqual(['east/node=n1 0 90: 1', 'east/rack=r1 0 9: 2', 'east 0 1: 3']);
  });

  it('takes weights as they are given', () => {
    expect(localities(TAG, near({ key: 'rack', weight: 5 }), own)).toEqual(['east/rack=r1 0 5: 1,2', 'east 0 1: 3']);
  });

  it('of a tag that the client does not have groups nothing', () => {
    expect(localities(TAG, near({ key: 'shelf' }), own)).toEqual(['east 0 1: 1,2,3']);
  });
});

describe('failover', () => {
  const far = [endpoint('1', 'east'), endpoint('2', 'west'), endpoint('3', 'north'), endpoint('4', 'south')];
  const over = (...failover: readonly object[]) => ({ localityAwareness: { crossZone: { failover } } });

  it('takes the first rule that leads to a zone; what none leads to is left out', () => {
    expect(localities(TAG, over({ to: { type: 'Only', zones: ['north'] } }, { to: { type: 'AnyExcept', zones: ['south'] } }), far)).toEqual(['east 0 1: 1', 'north 1 1: 3', 'west 2 1: 2']);
  });

  it('heeds the zone that it is from', () => {
    expect(localities(TAG, over({ from: { zones: ['west'] }, to: { type: 'Any' } }), far)).toEqual(['east 0 1: 1']);
    expect(localities(TAG, over({ from: { zones: ['east'] }, to: { type: 'Any' } }), far)).toHaveLength(4);
  });

  it('ends where a rule says so', () => {
    expect(localities(TAG, over({ to: { type: 'Only', zones: ['west'] } }, { to: { type: 'None' } }, { to: { type: 'Any' } }), far)).toEqual(['east 0 1: 1', 'west 1 1: 2']);
  });

  it.each([[undefined, 200], ['70', 100], [50, 200], ['30', 300], [0.5, 20000]])('at %s %% has the factor %s', (percentage, factor) => {
    const conf = { localityAwareness: { crossZone: { ...(percentage !== undefined && { failoverThreshold: { percentage } }) } } };
    expect(localityRules(TAG, conf, HERE)?.groups?.overprovisioningFactor).toBe(factor);
  });
});
