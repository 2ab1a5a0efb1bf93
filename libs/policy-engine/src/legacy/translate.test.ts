import { weftRegistry } from '@weft/policy-model';
import { describe, expect, it } from 'vitest';
import { buildFromRules } from '../inbound-rules.ts';
import type { Policy } from '../policy.ts';
import type { PolicySubject } from '../select-proxy.ts';
import { findSubsetRule } from '../subset-rules.ts';
import { policy } from '../testing.ts';
import { buildToRules } from '../to-rules.ts';
import { inMesh, readLegacyPolicy, type LegacyPolicy } from './legacy-policy.ts';
import { translateLegacy } from './translate.ts';

type Tags = Readonly<Record<string, string>>;
const service = (name: string): Tags => ({ 'kuma.io/service': name });
const DAY = (day: number): string => `2026-01-0${day}T00:00:00.000Z`;

interface Sketch {
  readonly name: string;
  readonly type?: string;
  readonly sources: readonly Tags[];
  readonly destinations?: readonly Tags[];
  readonly conf?: unknown;
  readonly created?: string;
  readonly mesh?: unknown;
}

function legacy({ name, type = 'Timeout', sources, destinations, conf = { connectTimeout: name }, created = DAY(1), mesh }: Sketch): LegacyPolicy {
  const known = weftRegistry.byName(type);
  const match = (list: readonly Tags[] | undefined) => list?.map((tags) => ({ match: tags }));
  const spec = type === 'ProxyTemplate' || type === 'TrafficTrace' ? { selectors: match(sources), conf } : { sources: match(sources), destinations: match(destinations), conf };
  const read = known === undefined ? undefined : readLegacyPolicy({ type, mesh: 'shop', name, labels: {}, creationTime: created, modificationTime: created, version: 1, spec }, known, mesh);
  if (read === undefined) throw new Error(`${type} means nothing`);
  return read;
}

const WEB: PolicySubject = {
  mesh: 'shop', displayName: 'web-1', labels: {}, zone: 'east', namespace: '', gateway: undefined,
  inbounds: [{ name: undefined, port: 80, tags: { ...service('web'), version: 'v1' } }, { name: undefined, port: 81, tags: service('web-admin') }],
};

/** Which timeout counts from WEB towards a service. */
function timeoutTo(target: string, policies: readonly LegacyPolicy[], present: readonly Policy[] = []): unknown {
  const translated = translateLegacy(policies, WEB).policies.get('MeshTimeout') ?? [];
  const rules = buildToRules('MeshTimeout', [...translated, ...present], { catalog: { list: () => [] }, routes: () => undefined, matchesHash: () => '' });
  expect([...rules.resources.values()].flatMap(({ origins }) => origins).filter(({ resource }) => resource.type === 'Timeout')).toEqual([]);
  return findSubsetRule(rules.legacy, service(target))?.conf;
}

const ALL = legacy({ name: 'all', sources: [service('*')], destinations: [service('*')] });
const TO_DB = legacy({ name: 'to-db', sources: [service('*')], destinations: [service('db')] });
const FROM_WEB = legacy({ name: 'from-web', sources: [service('web')], destinations: [service('*')], created: DAY(2) });
const BOTH = legacy({ name: 'both', sources: [{ ...service('web'), version: '*' }], destinations: [service('db')] });

describe('the first generation', () => {
  it('takes the most precise policy for a pair of services, and nothing of the others', () => {
    expect(timeoutTo('db', [BOTH, ALL, TO_DB])).toEqual({ connectionTimeout: 'both' });
    expect(timeoutTo('db', [TO_DB, ALL])).toEqual({ connectionTimeout: 'to-db' });
    expect(timeoutTo('other', [BOTH, ALL, TO_DB])).toEqual({ connectionTimeout: 'all' });
    const partial = legacy({ name: 'partial', sources: [service('*')], destinations: [service('db')], conf: { http: { requestTimeout: '1s' } } });
    expect(timeoutTo('db', [ALL, partial])).toEqual({ http: { requestTimeout: '1s' } });
  });

  it('of two equally precise ones takes the newer, then the smaller name', () => {
    expect(timeoutTo('db', [TO_DB, FROM_WEB])).toEqual({ connectionTimeout: 'from-web' });
    const again = legacy({ name: 'again', sources: [service('*')], destinations: [service('db')] });
    expect(timeoutTo('db', [TO_DB, again])).toEqual({ connectionTimeout: 'again' });
  });

  it('selects by any inbound, and a tag that is only to be there must be there', () => {
    const admin = legacy({ name: 'admin', sources: [service('web-admin')], destinations: [service('db')] });
    expect(timeoutTo('db', [ALL, admin])).toEqual({ connectionTimeout: 'admin' });
    const elsewhere = legacy({ name: 'elsewhere', sources: [{ ...service('web'), region: '*' }], destinations: [service('db')] });
    expect(timeoutTo('db', [elsewhere])).toBeUndefined();
  });

  it('goes over present policies for the whole mesh, and gives way to all others', () => {
    const blanket = policy('MeshTimeout', 'defaults', { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '9s', idleTimeout: '8s' } }] });
    const about = policy('MeshTimeout', 'about-db', { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshService', name: 'db' }, default: { idleTimeout: '7s' } }] });
    expect(timeoutTo('db', [TO_DB], [blanket])).toEqual({ connectionTimeout: 'to-db', idleTimeout: '8s' });
    expect(timeoutTo('db', [TO_DB], [blanket, about])).toEqual({ connectionTimeout: '9s', idleTimeout: '7s' });
    expect(timeoutTo('other', [TO_DB, ALL], [blanket, about])).toEqual({ connectionTimeout: 'all', idleTimeout: '8s' });
  });

  it('lets proxies share only what they are selected for alike', () => {
    const uids = (tags: Tags): (string | undefined)[] => translateLegacy([legacy({ name: 'p', sources: [service('*'), service('web')], destinations: [service('*')] })], { ...WEB, inbounds: [{ name: undefined, port: 80, tags }] }).policies.get('MeshTimeout')?.map(({ uid }) => uid) ?? [];
    expect(uids(service('web'))).not.toEqual(uids(service('shop')));
    expect(uids(service('cart'))).toEqual(uids(service('shop')));
  });
});

describe('permissions of the first generation', () => {
  const permission = (name: string, sources: readonly Tags[], destinations: readonly Tags[]): LegacyPolicy => legacy({ type: 'TrafficPermission', name, sources, destinations });
  const callersOf = (inbound: number, policies: readonly LegacyPolicy[]) => buildFromRules('MeshTrafficPermission', [translateLegacy(policies, WEB).perInbound[inbound]?.get('MeshTrafficPermission') ?? []].flat())
    .filter(({ subset }) => subset.every(({ not }) => !not)).map(({ subset, conf }) => [Object.fromEntries(subset.map(({ key, value }) => [key, value])), conf]);

  it('are those of the one policy that selects the inbound most precisely', () => {
    const all = permission('all', [service('*')], [service('*')]);
    const own = permission('own', [service('shop'), { ...service('cart'), version: '*' }], [service('web')]);
    expect(callersOf(0, [all, own])).toEqual([
      [{ 'kuma.io/service': 'cart', version: '*' }, { action: 'Allow' }],
      [{ 'kuma.io/service': 'shop' }, { action: 'Allow' }],
    ]);
    expect(callersOf(1, [all, own])).toEqual([[{}, { action: 'Allow' }]]);
    expect(callersOf(1, [own])).toEqual([]);
  });
});

it('the most precise ProxyTemplate is about the proxy as a whole', () => {
  const template = (name: string, selector: Tags): LegacyPolicy => legacy({ type: 'ProxyTemplate', name, sources: [selector], conf: { modifications: [{ cluster: { operation: 'remove', match: { name } } }] } });
  const [found] = translateLegacy([template('any', service('*')), template('web', service('web'))], WEB).policies.get('MeshProxyPatch') ?? [];
  expect(found).toMatchObject({ legacy: true, conf: { appendModifications: [{ cluster: { operation: 'Remove', match: { name: 'web' } } }] } });
});

describe('what is about callers', () => {
  const fault = (name: string, source: Tags, destination: Tags, httpStatus: number): LegacyPolicy => legacy({ type: 'FaultInjection', name, sources: [source], destinations: [destination], conf: { abort: { percentage: 100, httpStatus } } });
  const statusFor = (caller: Tags, policies: readonly LegacyPolicy[]): unknown => {
    const rules = buildFromRules('MeshFaultInjection', [translateLegacy(policies, WEB).perInbound[0]?.get('MeshFaultInjection') ?? []].flat());
    return (findSubsetRule(rules, caller)?.conf as { http: { abort: { httpStatus: number } }[] } | undefined)?.http[0]?.abort.httpStatus;
  };

  it('is decided for each caller by the most precise policy, source and destination together', () => {
    const policies = [fault('all', service('*'), service('*'), 500), fault('shop', service('shop'), service('web'), 501), fault('any-to-web', service('*'), service('web'), 502), fault('elsewhere', service('shop'), service('db'), 503)];
    expect(statusFor(service('shop'), policies)).toBe(501);
    expect(statusFor(service('cart'), policies)).toBe(502);
    expect(statusFor(service('cart'), policies.slice(0, 1))).toBe(500);
  });

  it('by identity names the service of the mesh; other tags cannot be told', () => {
    const limit = (name: string, source: Tags, requests: number): LegacyPolicy => legacy({ type: 'RateLimit', name, sources: [source], destinations: [service('web')], conf: { http: { requests, interval: '1s' } } });
    const made = translateLegacy([limit('all', service('*'), 9), limit('shop', service('shop'), 3), limit('tagged', { ...service('shop'), version: 'v1' }, 1)], WEB).perInbound[0]?.get('MeshRateLimit');
    expect(made?.rules.map(({ matches, conf }) => [matches, (conf as { local: { http: { requestRate: { num: number } } } }).local.http.requestRate.num])).toEqual([
      [undefined, 9], [[{ spiffeID: { type: 'Exact', value: 'spiffe://shop/shop' } }], 3],
    ]);
  });
});

it('logs and traces go where the Mesh says, and follow it', () => {
  const meshSpec = (url: string) => ({ tracing: { defaultBackend: 'z', backends: [{ name: 'z', type: 'zipkin', sampling: 12.5, conf: { url } }] } });
  const before = legacy({ type: 'TrafficTrace', name: 't', sources: [service('*')], conf: {}, mesh: meshSpec('http://a/x') });
  const after = inMesh(before, meshSpec('http://b/x'));
  const confOf = (policies: readonly LegacyPolicy[]): unknown => translateLegacy(policies, WEB).policies.get('MeshTrace')?.[0]?.conf;
  expect(confOf([before])).toEqual({ backends: [{ type: 'Zipkin', zipkin: { url: 'http://a/x' } }], sampling: { overall: '12.5' } });
  expect(confOf([after])).toMatchObject({ backends: [{ zipkin: { url: 'http://b/x' } }] });
  expect(after.uid).not.toBe(before.uid);
  expect(inMesh(after, meshSpec('http://a/x')).uid).toBe(before.uid);
  expect(confOf([inMesh(before, {})])).toBeUndefined();
});
