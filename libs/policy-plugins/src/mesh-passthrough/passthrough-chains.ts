import { create } from '@bufbuild/protobuf';
import { duration, finishChain, statName, type Terminal } from '@weft/envoy-builders';
import { CidrRangeSchema } from '@weft/envoy-proto/envoy/config/core/v3/address_pb.js';
import { FilterChainMatchSchema, type FilterChain, type FilterChainMatch } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import { VirtualHostSchema, type VirtualHost } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import { HttpConnectionManagerSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { TcpProxySchema } from '@weft/envoy-proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { isHttpMatch, matchName, type PassthroughMatch } from './passthrough-match.ts';

/** What the HTTP inspector calls the protocols that are let through. */
const HTTP_PROTOCOLS = ['http/1.1', 'h2c'];

/** The chains for these matches (of one IP family), in order. HTTP to names shares a chain per protocol and port: the names are virtual hosts of it. */
export function passthroughChains(matches: readonly PassthroughMatch[]): FilterChain[] {
  const named = new Set<string>();
  return matches.flatMap((match) => {
    if (!isHttpMatch(match)) return [chain(matchName(match), chainMatch(match), tcpTo(matchName(match)))];
    if (!isDomain(match)) return [chain(matchName(match), chainMatch(match), httpTo(matchName(match), [hostFor(match, ['*'])]))];
    const name = `meshpassthrough_${match.protocol}_${match.port ?? '*'}`;
    if (named.has(name)) return [];
    named.add(name);
    const members = matches.filter((other) => isDomain(other) && other.protocol === match.protocol && other.port === match.port);
    const hosts = members.map((member) => hostFor(member, [member.value]));
    return [chain(name, chainMatch(match), httpTo(name, members.some(({ value }) => value === '*') ? hosts : [...hosts, nowhere()]))];
  });
}

function chain(name: string, match: FilterChainMatch, terminal: Terminal): FilterChain {
  const made = finishChain({ match, tls: undefined, networkFilters: [], terminal });
  made.name = name;
  return made;
}

function chainMatch(match: PassthroughMatch): FilterChainMatch {
  const { protocol, value, port } = match;
  const tls = protocol === 'tls';
  return create(FilterChainMatchSchema, {
    transportProtocol: tls ? 'tls' : 'raw_buffer',
    ...(port !== undefined && { destinationPort: port }),
    ...(!isDomain(match) && { prefixRanges: [create(CidrRangeSchema, rangeOf(match))] }),
    // Envoy knows no name that stands for all: leaving names out does.
    ...(tls && isDomain(match) && value !== '*' && { serverNames: [value] }),
    ...(isHttpMatch(match) && { applicationProtocols: HTTP_PROTOCOLS }),
  });
}

function isDomain({ kind }: PassthroughMatch): boolean {
  return kind === 'Domain' || kind === 'WildcardDomain';
}

function rangeOf({ kind, value }: PassthroughMatch): { addressPrefix: string; prefixLen: number } {
  const [addressPrefix = '', bits] = value.split('/');
  return { addressPrefix, prefixLen: bits === undefined ? (kind === 'IPv6' ? 128 : 32) : Number(bits) };
}

function tcpTo(name: string): Terminal {
  return { kind: 'tcp', proxy: create(TcpProxySchema, { statPrefix: statName(name), clusterSpecifier: { case: 'cluster', value: name } }) };
}

/** An application that was let through keeps what it may do without the mesh: long requests, WebSockets. */
function httpTo(name: string, virtualHosts: VirtualHost[]): Terminal {
  const hcm = create(HttpConnectionManagerSchema, {
    statPrefix: statName(name),
    upgradeConfigs: [{ upgradeType: 'websocket' }],
    routeSpecifier: { case: 'routeConfig', value: { name, validateClusters: false, ignorePortInHostMatching: true, virtualHosts } },
  });
  return { kind: 'http', hcm, httpFilters: [] };
}

function hostFor(match: PassthroughMatch, domains: string[]): VirtualHost {
  return create(VirtualHostSchema, {
    name: match.value,
    domains,
    routes: [{ match: { pathSpecifier: { case: 'prefix', value: '/' } }, action: { case: 'route', value: { clusterSpecifier: { case: 'cluster', value: matchName(match) }, timeout: duration(0) } } }],
  });
}

function nowhere(): VirtualHost {
  return create(VirtualHostSchema, {
    name: 'no_match',
    domains: ['*'],
    routes: [{ match: { pathSpecifier: { case: 'prefix', value: '/' } }, action: { case: 'directResponse', value: { status: 503 } } }],
  });
}
