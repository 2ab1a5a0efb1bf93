import { createConfigEngine } from '@weft/config-pipeline';
import { MeshIndex } from '@weft/mesh-index';
import { weftRegistry } from '@weft/policy-model';
import { resourceId, type Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { inboundPolicies, inspectProxy, legacyRules, proxyLayout, proxyRules, type InspectedClient, type InspectedProxy } from './index.ts';

const TIME = '2026-01-01T00:00:00.000Z';
const ZONE = { 'kuma.io/zone': 'east', 'kuma.io/origin': 'zone' };
const made = (type: string, name: string, spec: unknown, { mesh = 'default', status }: { readonly mesh?: string; readonly status?: unknown } = {}): Resource =>
  ({ type, name, mesh, labels: mesh === '' ? {} : ZONE, creationTime: TIME, modificationTime: TIME, version: 1, spec, ...(status !== undefined && { status }) });
const SELF = { kind: 'Mesh' };
const mesh = (mode?: string): Resource => made('Mesh', 'default', mode === undefined ? {} : { meshServices: { mode } }, { mesh: '' });
const dataplane = (networking: object = {}): Resource => made('Dataplane', 'web', { networking: { address: '10.0.0.1', inbound: [{ port: 9090, tags: { 'kuma.io/service': 'web' } }, { name: 'api', port: 8080, tags: { 'kuma.io/service': 'web', version: 'v1' } }], ...networking } });
const REDIRECTED: InspectedClient = { features: [], redirected: true };

function inspected(resources: readonly Resource[], client: InspectedClient = REDIRECTED): InspectedProxy {
  const byId = new Map(resources.map((resource) => [resourceId(resource), resource]));
  const found = inspectProxy({
    index: MeshIndex.rebuild((name) => weftRegistry.byName(name), resources), resource: (key) => byId.get(resourceId(key)), offersService: (service) => service === 'backend',
  }, { mesh: 'default', name: 'web' }, client);
  if (found === undefined) throw new Error('the proxy was not found');
  return found;
}

const rulesOf = (resources: readonly Resource[], type: string): ReturnType<typeof proxyRules>['rules'][number] | undefined => proxyRules(inspected(resources)).rules.find((one) => one.type === type);

describe('rules', () => {
  it('of from are told by tags, and for types that read them so as rules of inbounds too, sorted by port', () => {
    const from = [{ targetRef: { kind: 'MeshService', name: 'backend' }, default: { idleTimeout: '1s' } }, { targetRef: SELF, default: { idleTimeout: '2s' } }];
    const found = rulesOf([mesh(), dataplane(), made('MeshTimeout', 'mine', { targetRef: SELF, from })], 'MeshTimeout');
    expect(found?.fromRules.map(({ inbound, rules }) => [inbound, rules.map(({ conf, matchers }) => [conf, matchers])])).toEqual([
      [{ name: 'api', port: 8080, tags: { 'kuma.io/service': 'web', version: 'v1' } }, expect.anything()],
      [{ port: 9090, tags: { 'kuma.io/service': 'web' } }, [
        [{ idleTimeout: '2s' }, [{ key: 'kuma.io/service', value: 'backend', not: false }]], [{ idleTimeout: '2s' }, [{ key: 'kuma.io/service', value: 'backend', not: true }]],
      ]],
    ]);
    expect(found?.inboundRules[0]?.rules.map(({ conf, origin }) => [conf, origin[0]?.ruleIndex])).toEqual([[[{ idleTimeout: '1s' }], 0], [[{ idleTimeout: '2s' }], 1]]);
    expect(found?.inboundRules[0]?.rules[0]?.origin[0]?.resourceMeta).toEqual({ labels: ZONE, mesh: 'default', name: 'mine', type: 'MeshTimeout' });
  });

  it('of a policy about a route are told by the hash of its matches', () => {
    const route = made('MeshHTTPRoute', 'v1', { targetRef: SELF, to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/v1' } }], default: {} }] }] });
    const policy = made('MeshTimeout', 'on-v1', { targetRef: { kind: 'MeshHTTPRoute', name: 'v1' }, to: [{ targetRef: SELF, default: { http: { requestTimeout: '1s' } } }] });
    const { httpMatches, rules } = proxyRules(inspected([mesh(), dataplane(), route, policy]));
    expect(httpMatches).toEqual([{ hash: expect.any(String), match: [{ path: { type: 'PathPrefix', value: '/v1' } }] }]);
    expect(rules.find(({ type }) => type === 'MeshTimeout')?.toRules[0]?.matchers).toContainEqual({ key: '__rule-matches-hash__', value: httpMatches[0]?.hash, not: false });
  });

  it('leave shadow policies out', () => {
    const shadow = made('MeshTimeout', 'shade', { targetRef: SELF, to: [{ targetRef: SELF, default: { idleTimeout: '1s' } }] });
    expect(proxyRules(inspected([mesh(), dataplane(), { ...shadow, labels: { ...ZONE, 'kuma.io/effect': 'shadow' } }])).rules).toEqual([]);
  });

  it.each([
    ['by tag that some Dataplane offers', undefined, 'backend', []],
    ['by tag that nobody offers', undefined, 'nobody', ['to[0].targetRef of MeshTimeout "mine" has no effect: there is no MeshService "nobody"']],
    ['that is only known by tag, where all are real', 'Exclusive', 'backend', ['to[0].targetRef of MeshTimeout "mine" has no effect: there is no MeshService "backend"']],
  ])('warn of services: one %s', (_, mode, name, warnings) => {
    const to = [{ targetRef: { kind: 'MeshService', name }, default: { idleTimeout: '1s' } }, { targetRef: SELF, default: { idleTimeout: '2s' } }];
    expect(rulesOf([mesh(mode), dataplane(), made('MeshTimeout', 'mine', { targetRef: SELF, to })], 'MeshTimeout')?.warnings).toEqual(warnings);
  });

  it('in the older form name inbounds, destinations with their addresses, and the proxy', () => {
    const backend = made('Dataplane', 'backend', { networking: { address: '10.0.0.2', inbound: [{ port: 81, tags: { 'kuma.io/service': 'backend' } }] } });
    const rules = legacyRules(inspected([
      mesh(), dataplane(), backend, made('VirtualIp', '240.0.0.1', { hostname: 'backend.mesh', service: 'backend' }, { mesh: '' }),
      made('MeshTimeout', 'mine', { targetRef: { kind: 'Dataplane', name: 'web', sectionName: 'api' }, from: [{ targetRef: SELF, default: { idleTimeout: '1s' } }] }),
      made('MeshRetry', 'again', { targetRef: SELF, to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, default: { tcp: { maxConnectAttempt: 2 } } }] }),
      made('MeshMetric', 'scrape', { targetRef: SELF, default: { backends: [] } }),
    ]));
    expect(rules.map(({ type, name, addresses, policyType, subset }) => ({ type, name, addresses, policyType, subset }))).toEqual([
      { type: 'ClientSubset', name: '10.0.0.1:8080', addresses: [], policyType: 'MeshTimeout', subset: {} },
      { type: 'DestinationSubset', name: 'backend', addresses: ['backend.mesh:80', '240.0.0.1:80', 'backend.mesh:81', '240.0.0.1:81'], policyType: 'MeshRetry', subset: { 'kuma.io/service': 'backend' } },
      { type: 'SingleItem', name: 'web', addresses: [], policyType: 'MeshMetric', subset: {} },
    ]);
  });
});

describe('the layout', () => {
  const service = made('MeshService', 'orders', { selector: { dataplaneTags: { 'kuma.io/service': 'orders' } }, ports: [{ name: 'http', port: 80, appProtocol: 'http' }, { port: 81, appProtocol: 'tcp' }] }, { status: { vips: [{ ip: '241.0.0.1' }, { ip: 'fd00::1' }] } });

  it('has each outbound once, whatever number of addresses it has, and names the workload', () => {
    const identity = made('MeshIdentity', 'id', { selector: { dataplane: { matchLabels: {} } }, spiffeID: { trustDomain: 'east.local', path: '/ns/web' }, provider: { type: 'Bundled' } }, { status: { conditions: [{ type: 'Ready', status: 'True' }] } });
    const trust = [made('MeshTrust', 'id', { trustDomain: 'east.local', caBundles: [] }), made('TrustBundle', 'identity.id', { backend: 'identity.id', generation: 1, caPem: [] })];
    const layout = proxyLayout(inspected([mesh('Exclusive'), dataplane(), service, identity, ...trust]));
    expect(layout.spiffeId).toBe('spiffe://east.local/ns/web');
    expect(layout.outbounds).toEqual([
      { kri: 'kri_msvc_default_east__orders_http', port: 80, protocol: 'http', proxyResourceName: 'kri_msvc_default_east__orders_http' },
      { kri: 'kri_msvc_default_east__orders_81', port: 81, protocol: 'tcp', proxyResourceName: 'kri_msvc_default_east__orders_81' },
    ]);
    expect(layout.inbounds.map(({ kri }) => kri)).toEqual(['kri_dp_default_east__web_9090', 'kri_dp_default_east__web_api']);
  });

  it('is that of what Envoy is given', () => {
    const resources = [mesh('Exclusive'), dataplane({ transparentProxying: { redirectPortInbound: 15006, redirectPortOutbound: 15001 } }), service];
    const engine = createConfigEngine();
    engine.load(resources);
    const key = { mesh: 'default', name: 'web' };
    engine.connect({ key, features: new Set(['feature-unified-resource-naming']), admin: undefined, readinessPort: undefined, dnsPort: undefined, workdir: '', ipv6Enabled: false, transparentProxy: undefined });
    while (engine.next() !== undefined);
    const { inbounds, outbounds } = proxyLayout(inspected(resources));
    const clusters = [...(engine.config(key)?.snapshot.cds.keys() ?? [])];
    expect(clusters).toEqual(expect.arrayContaining([...inbounds, ...outbounds].map(({ proxyResourceName }) => proxyResourceName)));
  });

  it('lists listeners of zone proxies by name, or by port', () => {
    const listeners = [{ type: 'ZoneEgress', name: 'out', port: 10_002 }, { type: 'ZoneIngress', port: 10_001, state: 'NotReady' }];
    expect(proxyLayout(inspected([mesh('Exclusive'), dataplane({ inbound: [], listeners })])).listeners).toEqual([
      { kri: 'kri_dp_default_east__web_out', type: 'ZoneEgress', port: 10_002, proxyResourceName: 'self_zoneegress_dp_out' },
      { kri: 'kri_dp_default_east__web_10001', type: 'ZoneIngress', port: 10_001, proxyResourceName: 'self_zoneingress_dp_10001' },
    ]);
  });

  it('has policies for each listener, as for inbounds', () => {
    const conf = { allow: [{ spiffeID: { type: 'Prefix', value: 'spiffe://one.test/' } }] };
    const permission = made('MeshTrafficPermission', 'out', { targetRef: { kind: 'Dataplane', sectionName: 'out' }, rules: [{ default: conf }] });
    const resources = [mesh('Exclusive'), dataplane({ listeners: [{ type: 'ZoneEgress', name: 'out', port: 10_002 }, { type: 'ZoneIngress', name: 'in', port: 10_001 }] }), permission];
    expect(rulesOf(resources, 'MeshTrafficPermission')?.inboundRules).toMatchObject([{ inbound: { name: 'out', port: 10_002, tags: {} }, rules: [{ conf: [conf] }] }]);
    expect(inboundPolicies(inspected(resources), 'kri_dp_default_east__web_out')).toMatchObject([{ kind: 'MeshTrafficPermission', rules: [{ conf }] }]);
    expect(inboundPolicies(inspected(resources), 'kri_dp_default_east__web_in')).toEqual([]);
  });
});
