import { base64Encode, getTextEncoding } from '@bufbuild/protobuf/wire';
import { compareText, sha256Hex } from '@weft/kernel';
import type { InboundView, OutboundView, ServiceTarget, ZoneProxyType } from '@weft/proxy-view';

/** Kuma's short names of the service types, as they stand in KRIs, cluster names and SNIs. */
const SHORT: Readonly<Record<ResourceTarget['type'], { readonly kri: string; readonly sni: string }>> = {
  MeshService: { kri: 'msvc', sni: 'ms' },
  MeshExternalService: { kri: 'extsvc', sni: 'mes' },
  MeshMultiZoneService: { kri: 'mzsvc', sni: 'mzms' },
};

type ResourceTarget = Extract<ServiceTarget, { kind: 'resource' }>;

/** Replaces what may not stand in a statistic's name: `localhost:8080` becomes `localhost_8080`. */
export function statName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_');
}

/** `alt_stat_name` of a cluster: set only where the name itself is unfit for statistics. */
export function altStatName(name: string): string {
  const sanitised = statName(name);
  return sanitised === name ? '' : sanitised;
}

/** `host:port`, with brackets around IPv6. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Names of everything that belongs to one inbound. */
export interface InboundNames {
  readonly listener: string;
  readonly cluster: string;
  readonly routes: string;
  readonly virtualHost: string;
}

/**
 * Names of an inbound's listener, cluster and routes: `inbound:<ip>:<port>` and `localhost:<port>`, or one contextual name
 * for all. Routes are a resource of their own here, so they are named after the listener: two inbounds may be of one service.
 */
export function inboundNames(inbound: Pick<InboundView, 'address' | 'port' | 'name' | 'workload' | 'service'>, unified: boolean): InboundNames {
  if (unified) {
    const name = `self_inbound_dp_${inbound.name ?? inbound.port}`;
    return { listener: name, cluster: name, routes: name, virtualHost: name };
  }
  const listener = `inbound:${hostPort(inbound.address, inbound.port)}`;
  return {
    listener,
    cluster: `localhost:${inbound.workload.port}`,
    routes: listener,
    virtualHost: inbound.service ?? listener,
  };
}

/** Name of the contextual identity of an inbound, used as metadata where it has no tags. */
export function contextualInboundName(inbound: Pick<InboundView, 'name' | 'port'>): string {
  return `self_inbound_dp_${inbound.name ?? inbound.port}`;
}

/** Listener of a ZoneIngress or ZoneEgress: `inbound:<ip>:<port>`, or a contextual name. */
export function zoneProxyListenerName({ type, address, port }: { readonly type: ZoneProxyType; readonly address: string; readonly port: number }, unified: boolean): string {
  return unified ? `self_inbound_${type === 'ZoneIngress' ? 'zi' : 'ze'}_${port}` : `inbound:${hostPort(address, port)}`;
}

/** Listener of a zone proxy that stands on a Dataplane; its section is its name, or its port. */
export function zoneListenerName(type: ZoneProxyType, section: string): string {
  return `self_${type.toLowerCase()}_dp_${section}`;
}

/** Cluster of a service addressed by tag: `<service>`, or `<service>-<16 hex>` where further tags choose a subset. `tags` may hold `kuma.io/service`. */
export function tagClusterName(service: string, tags: Readonly<Record<string, string>> = {}): string {
  const extra = Object.keys(tags).filter((key) => key !== 'kuma.io/service' && key !== 'kuma.io/mesh');
  if (extra.length === 0) return service;
  const all: Readonly<Record<string, string>> = { ...Object.fromEntries(extra.map((key) => [key, tags[key] ?? ''])), 'kuma.io/service': service };
  const text = Object.keys(all).sort(compareText).map((key) => `${key}${all[key] ?? ''}`).join('');
  return `${service}-${sha256Hex(text).slice(0, 16)}`;
}

/** Cluster of a MeshService, MeshExternalService or MeshMultiZoneService: `<mesh>_<name>_<namespace>_<zone>_<type>_<port>`, or its KRI. */
export function resourceClusterName(mesh: string, target: ResourceTarget, unified: boolean): string {
  return unified ? target.kri : [mesh, target.name, target.namespace, target.zone, SHORT[target.type].kri, target.port].join('_');
}

/** The KRI of a service port: `kri_<type>_<mesh>_<zone>_<namespace>_<name>_<section>`; absent parts stay as empty text. */
export function serviceKri(target: Omit<ResourceTarget, 'kind' | 'kri' | 'port'>, mesh: string): string {
  return ['kri', SHORT[target.type].kri, mesh, target.zone, target.namespace, target.name, target.sectionName].join('_');
}

/** Names of everything that belongs to one outbound. */
export interface OutboundNames {
  readonly listener: string;
  readonly routes: string;
  /** Name of the virtual host and, sanitised, prefix of the statistics. */
  readonly virtualHost: string;
}

/**
 * Names of an outbound's listener, routes and virtual host. Route configurations are resources of their own here, so
 * two outbounds of one service that mean different subsets need different names: the subset's hash is appended.
 */
export function outboundNames(outbound: Pick<OutboundView, 'address' | 'port' | 'target' | 'tags'>, mesh: string, unified: boolean): OutboundNames {
  const address = `outbound:${hostPort(outbound.address, outbound.port)}`;
  const { target } = outbound;
  if (target.kind === 'tag') return { listener: address, routes: `outbound:${tagClusterName(target.service, subsetTags(outbound.tags))}`, virtualHost: target.service };
  return { listener: unified ? target.kri : address, routes: target.kri, virtualHost: resourceClusterName(mesh, target, unified) };
}

function subsetTags(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key !== 'kuma.io/mesh'));
}

/** Name of the leaf certificate of a proxy in the mesh's own CA. */
export function identitySecretName(mesh: string, unified: boolean): string {
  return unified ? `system_mtls_identity_${mesh}` : `identity_cert:secret:${mesh}`;
}

/** Name of the mesh CA's bundle. */
export function caSecretName(mesh: string, unified: boolean): string {
  return unified ? `system_mtls_ca_${mesh}` : `mesh_ca:secret:${mesh}`;
}

/** SDS names of the admin listener: its own certificate, and the CA of those who may call it. */
export interface AdminSecretNames {
  readonly certificate: string;
  readonly clientCa: string;
}

/** SDS names of the admin listener. */
export function adminSecretNames(unified: boolean): AdminSecretNames {
  return unified
    ? { certificate: 'system_envoy_admin_cert', clientCa: 'system_envoy_admin_ca' }
    : { certificate: 'envoy_admin_cert:secret', clientCa: 'envoy_admin_ca:secret' };
}

const ADMIN_SECRETS: ReadonlySet<string> = new Set([true, false].flatMap((unified) => Object.values(adminSecretNames(unified)) as string[]));

/** Whether a secret serves the admin listener only: a proxy carries traffic without it. */
export function isAdminSecret(name: string): boolean {
  return ADMIN_SECRETS.has(name);
}

/** Names of listeners and clusters that every proxy has. */
export interface SystemNames {
  readonly admin: string;
  readonly readiness: string;
  readonly ads: string;
  readonly accessLogSink: string;
  readonly dns: string;
  readonly dynamicConfig: string;
}

/** Names of listeners and clusters that every proxy has, in one scheme or the other. */
export function systemNames(unified: boolean): SystemNames {
  return unified
    ? { admin: 'system_envoy_admin', readiness: 'system_probe_readiness', ads: 'system_ads', accessLogSink: 'system_access_log_sink', dns: 'system_dns', dynamicConfig: 'system_dynamicconfig' }
    : { admin: 'kuma:envoy:admin', readiness: 'kuma:readiness', ads: 'ads_cluster', accessLogSink: 'access_log_sink', dns: 'kuma:dns', dynamicConfig: '_kuma:dynamicconfig' };
}

/** Name of the routes of one way out of a mesh: each listener has its own. */
export function egressRoutesName(listener: string, clusterName: string): string {
  return `${listener}:${clusterName}`;
}

/** Names of the virtual probes, in both schemes. */
export const PROBE_NAMES = { listener: 'probe:listener', routes: 'probe:route_configuration', virtualHost: 'probe' } as const;

/** Listener and cluster that take what no other listener claims. */
export function passthroughName(direction: 'inbound' | 'outbound', family: 4 | 6, unified: boolean): string {
  return unified ? `self_transparentproxy_passthrough_${direction}_ipv${family}` : `${direction}:passthrough:ipv${family}`;
}

/** Cluster without endpoints, for redirected connections to ports that no inbound declares. */
export const NO_DESTINATION = 'self_transparentproxy_no_destination_inbound';

/** Cluster of everything that is reached by its own address. */
export const DIRECT_ACCESS = 'direct_access';

/** Listener of one instance that is reached by its own address. */
export function directAccessName(address: string, port: number): string {
  return `${DIRECT_ACCESS}_${hostPort(address, port)}`;
}

/** SNI for a service addressed by tag: `<service>{tag=value,…,mesh=<mesh>}` with tags sorted. */
export function tagSni(service: string, tags: Readonly<Record<string, string>>, mesh: string): string {
  const all: Readonly<Record<string, string>> = { ...tags, mesh };
  const pairs = Object.keys(all).filter((key) => key !== 'kuma.io/service').sort(compareText).map((key) => `${key}=${all[key] ?? ''}`);
  return `${service}{${pairs.join(',')}}`;
}

/** SNI for a real resource in a mesh without workload identity: `a<fnv64a>.<name>.<port>.<mesh>.<type>`. */
export function hashSni(mesh: string, target: Pick<ResourceTarget, 'type' | 'name' | 'port'>): string {
  const type = SHORT[target.type].sni;
  return `a${fnv64a(`${target.name};${mesh};`)}.${target.name}.${target.port}.${mesh}.${type}`;
}

/** SNI for a real resource from a client with a MeshIdentity: `sni.<type>.<mesh>[.<zone>[.<namespace>]].<name>.<section>`. */
export function kriSni(mesh: string, { type, zone, namespace, name, sectionName }: ResourceTarget): string {
  const place = zone === '' ? [] : namespace === '' ? [zone] : [zone, namespace];
  return ['sni', SHORT[type].kri, mesh, ...place, name, sectionName].join('.');
}

/** FNV-1a over UTF-8, 64 bits, as 16 hex digits. */
function fnv64a(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of getTextEncoding().encodeUtf8(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, '0');
}

/**
 * Name of the routes made from one rule's matches: SHA-256 in base64 over their JSON with Kuma's order of fields
 * (path {value, type}, method, queryParams and headers {type, name, value}), so that dashboards see the same names.
 */
export function matchesHash(matches: readonly Readonly<Record<string, unknown>>[]): string {
  const hex = sha256Hex(JSON.stringify(matches.map(orderedMatch)));
  return base64Encode(Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)));
}

/** The matches of the route that a service gets where no rule takes the whole path space. */
export const CATCH_ALL_MATCHES: readonly Readonly<Record<string, unknown>>[] = [{ path: { value: '/', type: 'PathPrefix' } }];

function orderedMatch(match: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    ...(match['path'] !== undefined && { path: inOrder(match['path'], ['value', 'type']) }),
    ...(match['method'] !== undefined && { method: match['method'] }),
    ...orderedList(match, 'queryParams'),
    ...orderedList(match, 'headers'),
  };
}

function orderedList(match: Readonly<Record<string, unknown>>, key: string): Record<string, unknown> {
  const list = match[key];
  return Array.isArray(list) && list.length > 0 ? { [key]: list.map((item) => inOrder(item, ['type', 'name', 'value'])) } : {};
}

function inOrder(value: unknown, keys: readonly string[]): Record<string, unknown> {
  const source = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(keys.filter((key) => source[key] !== undefined).map((key) => [key, source[key]]));
}
