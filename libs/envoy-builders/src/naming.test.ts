import { describe, expect, it } from 'vitest';
import { altStatName, CATCH_ALL_MATCHES, hashSni, inboundNames, matchesHash, outboundNames, resourceClusterName, serviceKri, statName, tagClusterName, tagSni } from './naming.ts';

// Expected values: recorded from Kuma 2.14.3.
const REDIS = { kind: 'resource', type: 'MeshService', name: 'redis', namespace: '', zone: 'zone-2', port: 6379, sectionName: 'main' } as const;

describe('names', () => {
  it('makes statistic names of what is unfit for them', () => {
    expect(statName('inbound:10.0.0.1:9090')).toBe('inbound_10_0_0_1_9090');
    expect(altStatName('localhost:18080')).toBe('localhost_18080');
    expect(altStatName('backend')).toBe('');
  });

  it('names an inbound in both schemes', () => {
    const inbound = { address: '10.0.0.3', port: 8080, name: 'main', workload: { address: '127.0.0.1', port: 18081 }, service: 'web' };
    expect(inboundNames(inbound, false)).toEqual({ listener: 'inbound:10.0.0.3:8080', cluster: 'localhost:18081', routes: 'inbound:10.0.0.3:8080', virtualHost: 'web' });
    expect(inboundNames({ ...inbound, service: undefined }, false)).toMatchObject({ virtualHost: 'inbound:10.0.0.3:8080' });
    expect(new Set(Object.values(inboundNames(inbound, true)))).toEqual(new Set(['self_inbound_dp_main']));
    expect(inboundNames({ ...inbound, name: undefined, address: 'fd00::1' }, true).listener).toBe('self_inbound_dp_8080');
    expect(inboundNames({ ...inbound, address: 'fd00::1' }, false).listener).toBe('inbound:[fd00::1]:8080');
  });

  it('names the cluster of a subset by a hash of its tags', () => {
    expect(tagClusterName('backend')).toBe('backend');
    expect(tagClusterName('backend', { version: 'v1' })).toBe('backend-154693772bc47249');
    expect(tagClusterName('backend', { 'kuma.io/service': 'backend', version: 'v2' })).toBe('backend-5b73b3f4adf20020');
  });

  it('names clusters and routes of real resources', () => {
    const target = { ...REDIS, kri: serviceKri(REDIS, 'default') };
    expect(target.kri).toBe('kri_msvc_default_zone-2__redis_main');
    expect(resourceClusterName('default', target, false)).toBe('default_redis__zone-2_msvc_6379');
    expect(resourceClusterName('default', target, true)).toBe(target.kri);
    expect(outboundNames({ address: '241.0.0.1', port: 6379, target, tags: {} }, 'default', false))
      .toEqual({ listener: 'outbound:241.0.0.1:6379', routes: target.kri, virtualHost: 'default_redis__zone-2_msvc_6379' });
  });

  it('gives outbounds that mean different subsets different route configurations', () => {
    const outbound = { address: '127.0.0.1', port: 1, target: { kind: 'tag', service: 'backend' }, tags: { 'kuma.io/service': 'backend' } } as const;
    expect(outboundNames(outbound, 'default', true).routes).toBe('outbound:backend');
    expect(outboundNames({ ...outbound, tags: { ...outbound.tags, version: 'v1' } }, 'default', false))
      .toMatchObject({ routes: 'outbound:backend-154693772bc47249', virtualHost: 'backend' });
  });

  it('writes SNI by tags and by hash', () => {
    expect(tagSni('backend', { 'kuma.io/service': 'backend', version: 'v1' }, 'default')).toBe('backend{mesh=default,version=v1}');
    expect(hashSni('default', REDIS)).toBe('a25502fde077cd057.redis.6379.default.ms');
    expect(hashSni('default', { type: 'MeshExternalService', name: 'httpbin', port: 80 })).toBe('a260442408b1a89a9.httpbin.80.default.mes');
  });

  it('names routes by their matches', () => {
    expect(matchesHash(CATCH_ALL_MATCHES)).toBe('9Zuf5Tg79OuZcQITwBbQykxAk2u4fRKrwYn3//AL4Yo=');
    expect(matchesHash([{ path: { type: 'PathPrefix', value: '/old' } }])).toBe('3LnJNerkamwo9W/K/HclRwV1QR/iumgmPn5DRFphWAc=');
    expect(matchesHash([
      { headers: [{ name: 'x-a', value: '1', type: 'Exact' }, { type: 'Present', name: 'x-b' }], queryParams: [{ type: 'Exact', name: 'q', value: 'z' }], method: 'POST', path: { type: 'Exact', value: '/exact' } },
      { path: { type: 'RegularExpression', value: '/re/[0-9]+' } },
    ])).toBe('9eXUKFHrZeKCxXkX8ZsFC/5GkeY7tK0rilRtFzQPmoY=');
  });
});
