import type { JsonObject } from '@bufbuild/protobuf';
import { clusterResource, draftDestinationCluster, finishCluster, type EnvoyResource } from '@weft/envoy-builders';
import type { DestinationView, InboundView, OutboundView } from '@weft/proxy-view';
import { describe, expect, it } from 'vitest';
import { buildInbound, buildOutbound, finishedChanges } from '../build.ts';
import { resourceJson } from '../testing/golden-case.ts';

const CONTEXT = { mesh: { name: 'default', mtls: undefined, passthrough: true, meshServicesMode: 'Disabled' }, unifiedNaming: false, reusePort: false, ipv6Enabled: false, transparentProxy: undefined, proxyAddress: '10.0.0.1' } as const;
const INBOUND: InboundView = { address: '10.0.0.1', port: 80, name: undefined, workload: { address: '127.0.0.1', port: 8080 }, protocol: 'http', service: 'web', tags: { 'kuma.io/service': 'web' }, tls: { mode: 'off' }, rules: {} };
const OUTBOUND: OutboundView = {
  address: '127.0.0.1', port: 90, target: { kind: 'tag', service: 'api' }, tags: { 'kuma.io/service': 'api' }, protocol: 'http', backends: [], conf: {}, bindToPort: true,
  routes: [{ name: 'all', match: { path: { type: 'PathPrefix', value: '/' } }, filters: [], backends: [{ clusterName: 'api', weight: 100 }], conf: {}, origins: [] }],
};
const DESTINATION: DestinationView = { clusterName: 'api', target: { kind: 'tag', service: 'api' }, tags: {}, protocol: 'http', tls: undefined, conf: {} };
const HCM = 'envoy.filters.network.http_connection_manager';
const BUFFER = (bytes: number) => `name: envoy.filters.http.buffer\ntyped_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: ${bytes}}`;

function made(origin: string): readonly EnvoyResource[] {
  if (origin === 'inbound') return buildInbound(INBOUND, CONTEXT);
  return origin === 'outbound' ? [...buildOutbound(OUTBOUND, CONTEXT), clusterResource(finishCluster(draftDestinationCluster(DESTINATION, CONTEXT)))] : [];
}

/** Everything that a proxy with one inbound and one outbound has after these modifications, by type and name. */
function patched(...appendModifications: readonly unknown[]): Record<string, JsonObject> {
  const changes = finishedChanges({ MeshProxyPatch: { appendModifications } });
  const all = ['inbound', 'outbound', 'mesh-proxy-patch'].flatMap((origin) => changes.reduce((resources, { change }) => change(origin, resources), made(origin)));
  return Object.fromEntries(all.map((resource) => [`${resource.type} ${resource.name}`, resourceJson(resource)]));
}

/** Without those that wait for routes to switch them on, which every inbound has. */
function httpFilters(resources: Record<string, JsonObject>, listener = 'lds inbound:10.0.0.1:80'): string[] {
  const [chain] = resources[listener]?.['filter_chains'] as unknown as { filters: { typed_config: { http_filters: { name: string; disabled?: boolean }[] } }[] }[];
  return chain?.filters[0]?.typed_config.http_filters.filter(({ disabled }) => disabled !== true).map(({ name }) => name) ?? [];
}

describe('MeshProxyPatch', () => {
  const plain = patched({ cluster: { operation: 'Remove', match: { name: 'no such' } } });

  it('leaves what it does not match as it was', () => {
    const before = ['inbound', 'outbound'].flatMap(made);
    expect(plain).toEqual(Object.fromEntries(before.map((resource) => [`${resource.type} ${resource.name}`, resourceJson(resource)])));
  });

  it('merges: single values are replaced, lists appended, an Any of the same type merged', () => {
    const value = 'connect_timeout: 0.5s\ncircuit_breakers: {thresholds: [{max_retries: 9}]}\ntransport_socket: {name: x, typed_config: {"@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, sni: a}}';
    const again = 'connect_timeout: 3s\ntransport_socket: {name: y, typed_config: {"@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, allow_renegotiation: true}}';
    const cluster = patched(...[value, again].map((text) => ({ cluster: { operation: 'Patch', match: { name: 'api' }, value: text } })))['cds api'];
    expect(cluster).toMatchObject({ connect_timeout: '3s', transport_socket: { name: 'y', typed_config: { sni: 'a', allow_renegotiation: true } } });
    expect((cluster?.['circuit_breakers'] as { thresholds: unknown[] }).thresholds.at(-1)).toEqual({ max_retries: 9 });
  });

  it('applies in order: what is added is there for what follows', () => {
    const resources = patched(
      { cluster: { operation: 'Add', value: 'name: extra\ntype: STATIC' } },
      { cluster: { operation: 'Patch', match: { origin: 'mesh-proxy-patch' }, jsonPatches: [{ op: 'add', path: '/connectTimeout', value: '7s' }] } },
      { cluster: { operation: 'Add', value: 'name: api\ntype: STATIC' } },
    );
    expect(resources['cds extra']).toEqual({ name: 'extra', type: 'STATIC', connect_timeout: '7s' });
    expect(resources['cds api']).toEqual({ name: 'api', type: 'STATIC' });
  });

  it('removes and adds listeners, by tags too', () => {
    const resources = patched({ listener: { operation: 'Remove', match: { tags: { 'kuma.io/service': 'api' } } } }, { listener: { operation: 'Add', value: 'name: mine\naddress: {socket_address: {address: 127.0.0.1, port_value: 1}}' } });
    expect(Object.keys(resources).filter((key) => /^[lr]ds/.test(key)).sort()).toEqual(['lds inbound:10.0.0.1:80', 'lds mine', 'rds inbound:10.0.0.1:80']);
  });

  it.each([
    ['AddFirst', undefined, ['envoy.filters.http.buffer', 'envoy.filters.http.router']],
    ['AddLast', undefined, ['envoy.filters.http.router', 'envoy.filters.http.buffer']],
    ['AddBefore', 'envoy.filters.http.router', ['envoy.filters.http.buffer', 'envoy.filters.http.router']],
    ['AddAfter', 'envoy.filters.http.router', ['envoy.filters.http.router', 'envoy.filters.http.buffer']],
    ['AddBefore', 'no such', ['envoy.filters.http.router']],
  ])('%s %s puts an HTTP filter in its place', (operation, name, expected) => {
    const resources = patched({ httpFilter: { operation, match: { origin: 'inbound', ...(name !== undefined && { name }) }, value: BUFFER(1) } });
    expect(httpFilters(resources)).toEqual(expected);
    expect(httpFilters(resources, 'lds outbound:127.0.0.1:90')).toEqual(['envoy.filters.http.router']);
  });

  it('patches and removes filters by name, in listeners by name and tags', () => {
    const add = { httpFilter: { operation: 'AddFirst', match: { listenerName: 'inbound:10.0.0.1:80' }, value: BUFFER(1) } };
    const patch = { httpFilter: { operation: 'Patch', match: { name: 'envoy.filters.http.buffer', listenerTags: { 'kuma.io/service': 'web' } }, value: BUFFER(2) } };
    expect(JSON.stringify(patched(add, patch)['lds inbound:10.0.0.1:80'])).toContain('"max_request_bytes":2');
    expect(httpFilters(patched(add, { httpFilter: { operation: 'Remove', match: { name: 'envoy.filters.http.buffer' } } }))).toEqual(['envoy.filters.http.router']);
  });

  it('changes network filters, in their configuration by JSON patches', () => {
    const resources = patched(
      { networkFilter: { operation: 'Patch', match: { name: HCM, origin: 'inbound' }, jsonPatches: [{ op: 'replace', path: '/statPrefix', value: 'mine' }] } },
      { networkFilter: { operation: 'AddFirst', match: { origin: 'inbound' }, value: "name: envoy.filters.network.direct_response\ntyped_config: {'@type': type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config}" } },
    );
    const [chain] = resources['lds inbound:10.0.0.1:80']?.['filter_chains'] as unknown as { filters: { name: string; typed_config: { stat_prefix?: string } }[] }[];
    expect(chain?.filters.map(({ name }) => name)).toEqual(['envoy.filters.network.direct_response', HCM]);
    expect(chain?.filters[1]?.typed_config.stat_prefix).toBe('mine');
  });

  it.each([['by our name', 'inbound:10.0.0.1:80'], ["by Kuma's name", 'inbound:web']])('changes virtual hosts of routes %s, which stay resources of their own', (_what, routeConfigurationName) => {
    const resources = patched(
      { virtualHost: { operation: 'Patch', match: { routeConfigurationName }, value: 'response_headers_to_remove: [server]' } },
      { virtualHost: { operation: 'Add', match: { routeConfigurationName }, value: 'name: more\ndomains: [example.com]' } },
      { networkFilter: { operation: 'Patch', match: { name: HCM, origin: 'inbound' }, jsonPatches: [{ op: 'add', path: '/routeConfig/maxDirectResponseBodySizeBytes', value: 9 }] } },
    );
    const routes = resources['rds inbound:10.0.0.1:80'];
    expect(routes).toMatchObject({ max_direct_response_body_size_bytes: 9, virtual_hosts: [{ name: 'web', response_headers_to_remove: ['server'] }, { name: 'more', domains: ['example.com'] }] });
    expect(resources['rds outbound:api']).toEqual(plain['rds outbound:api']);
  });

  it('meets what a part has from elsewhere by its own origin', () => {
    const [change] = finishedChanges({ MeshProxyPatch: { appendModifications: [{ cluster: { operation: 'Remove', match: { origin: 'meshpassthrough' } } }] } });
    const cluster = clusterResource(finishCluster(draftDestinationCluster(DESTINATION, CONTEXT)));
    expect(change?.change('transparent', [{ ...cluster, origin: 'meshpassthrough' }, cluster])).toEqual([cluster]);
  });

  it('that does not fit says what it was', () => {
    const change = { cluster: { operation: 'Patch', match: { name: 'api' }, jsonPatches: [{ op: 'replace', path: '/no/such', value: 1 }] } };
    expect(() => patched(change)).toThrow('JSON patch replace /no/such: there is no /no/such');
    expect(() => patched({ cluster: { operation: 'Patch', match: { name: 'api' }, jsonPatches: [{ op: 'add', path: '/connectTimeout', value: 'soon' }] } })).toThrow(/Duration.*soon/);
  });
});
