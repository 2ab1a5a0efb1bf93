import { fromBinary, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { err, ok, type Result } from '@weft/kernel';
import { NodeSchema } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import type { ProxyClient, ProxyKey, TransparentProxyPorts, ZoneProxyType } from '@weft/proxy-view';

/** What the first request of a stream says of the proxy behind it. */
export interface ProxyNode {
  readonly id: string;
  readonly key: ProxyKey;
  readonly proxyType: string;
  /** The resource that the proxy brings along, as JSON text; it asks to be registered by it. */
  readonly document: string | undefined;
  readonly client: ProxyClient;
  /** The metadata without the resource, for the insight. */
  readonly metadata: JsonObject;
}

const FEATURE_TP_METADATA = 'feature-transparent-proxy-in-dataplane-metadata';

/** Reads an encoded `envoy.config.core.v3.Node`. Never throws; the error says what is wrong with it. */
export function parseNode(bytes: Uint8Array): Result<ProxyNode, string> {
  try {
    const { id, metadata = {} } = fromBinary(NodeSchema, bytes);
    const proxyType = text(metadata, 'dataplane.proxyType') || 'dataplane';
    const key = proxyKey(id, proxyType);
    if (key === undefined) return err(`node id "${id}" is not of the form ${proxyType in ZONE_PROXIES ? '.<name>' : '<mesh>.<name>'}`);
    const { 'dataplane.resource': resource, ...rest } = metadata;
    return ok({
      id,
      key,
      proxyType,
      document: typeof resource === 'string' && resource !== '' ? resource : undefined,
      client: clientOf(key, metadata),
      metadata: rest,
    });
  } catch (caught) {
    return err(`malformed node: ${caught instanceof Error ? caught.message : String(caught)}`);
  }
}

/** Resource of each kind of zone proxy, as agents name the kinds. */
export const ZONE_PROXIES: Readonly<Partial<Record<string, ZoneProxyType>>> = { ingress: 'ZoneIngress', egress: 'ZoneEgress' };

/** Who a node id of a kind of proxy means: zone proxies, and only they, belong to no mesh. */
function proxyKey(id: string, proxyType: string): ProxyKey | undefined {
  const key = parseNodeId(id);
  const type = ZONE_PROXIES[proxyType];
  if (key === undefined || (key.mesh === '') !== (type !== undefined)) return undefined;
  return type === undefined ? key : { ...key, type };
}

/** `<mesh>.<name>`; a mesh name has no dot, a proxy name may have some. Zone proxies have an empty mesh. */
export function parseNodeId(id: string): ProxyKey | undefined {
  const at = id.indexOf('.');
  return at < 0 || at === id.length - 1 ? undefined : { mesh: id.slice(0, at), name: id.slice(at + 1) };
}

/** What a proxy can do, from the metadata of its node. */
export function clientOf(key: ProxyKey, metadata: JsonObject): ProxyClient {
  const features = new Set(list(metadata['features']));
  const systemCaPath = text(metadata, 'systemCaPath');
  const source = metadata['weft.source'];
  const [certPath, keyPath] = [text(metadata, 'metricsCertPath'), text(metadata, 'metricsKeyPath')];
  const described = features.has(FEATURE_TP_METADATA) ? metadata['transparentProxy'] : undefined;
  return {
    key,
    features,
    admin: adminOf(metadata),
    readinessPort: port(metadata, 'dataplane.readinessReporter.port'),
    dnsPort: isObject(described) ? redirectedDns(described) : port(metadata, 'dataplane.dns.port'),
    workdir: text(metadata, 'workdir'),
    ipv6Enabled: metadata['ipv6Enabled'] === true,
    transparentProxy: redirection(described),
    appProbeProxy: text(metadata, 'dataplane.appProbeProxy.enabled') === 'true',
    ...(systemCaPath !== '' && { systemCaPath }),
    ...(certPath !== '' && keyPath !== '' && { metricsTls: { certPath, keyPath } }),
    ...(isObject(source) && { source: { address: text(source, 'address'), service: text(source, 'service'), workload: text(source, 'workload') } }),
  };
}

function adminOf(metadata: JsonObject): ProxyClient['admin'] {
  const socketPath = text(metadata, 'dataplane.admin.socketPath');
  if (socketPath !== '') return { socketPath };
  const adminPort = port(metadata, 'dataplane.admin.port');
  return adminPort === undefined ? undefined : { address: text(metadata, 'dataplane.admin.address') || '127.0.0.1', port: adminPort };
}

/** Reference: metadata `transparentProxy` {ipFamilyMode, redirect: {inbound, outbound}}. */
function redirection(value: JsonValue | undefined): TransparentProxyPorts | undefined {
  if (!isObject(value)) return undefined;
  const redirect = isObject(value['redirect']) ? value['redirect'] : {};
  const inbound = isObject(redirect['inbound']) ? redirect['inbound'] : {};
  const outbound = isObject(redirect['outbound']) ? redirect['outbound'] : {};
  const family = text(value, 'ipFamilyMode').toLowerCase();
  return {
    inboundPort: port(inbound, 'port') ?? 15006,
    outboundPort: port(outbound, 'port') ?? 15001,
    ipv4: family !== 'ipv6',
    ipv6: family !== 'ipv4',
  };
}

/** `redirect.dns`: the port of the listener that takes the redirected queries, unless it is off. */
function redirectedDns(value: JsonObject): number | undefined {
  const redirect = isObject(value['redirect']) ? value['redirect'] : {};
  const dns = isObject(redirect['dns']) ? redirect['dns'] : {};
  return dns['enabled'] === true ? port(dns, 'port') : undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(from: JsonObject, key: string): string {
  const value = from[key];
  return typeof value === 'string' ? value : '';
}

/** Ports stand as numbers or, in Kuma's metadata, as text. */
function port(from: JsonObject, key: string): number | undefined {
  const value = Number(from[key] ?? NaN);
  return Number.isInteger(value) && value > 0 && value < 65_536 ? value : undefined;
}

function list(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
