import type { JsonObject } from '@bufbuild/protobuf';
import { base64Encode, getTextEncoding } from '@bufbuild/protobuf/wire';
import { systemNames } from '../naming.ts';
import { accessLogSocketPath, type BootstrapInput } from './bootstrap-input.ts';

const CONTROL_PLANE_CA = 'cp_validation_ctx';
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** What Envoy has before it hears from the control plane: the cluster of the control plane, that of access logs, the control plane's CA. */
export function staticResources(input: BootstrapInput): JsonObject {
  return { clusters: [accessLogCluster(input), adsCluster(input)], secrets: [controlPlaneCa(input)] };
}

function adsCluster({ xds, unifiedNaming }: BootstrapInput): JsonObject {
  const name = systemNames(unifiedNaming).ads;
  const ip = isIp(xds.host);
  return {
    ...http2Cluster(name, { socketAddress: { address: xds.host, portValue: xds.port } }),
    type: ip ? 'STATIC' : 'STRICT_DNS',
    ...(!ip && { dnsLookupFamily: 'V4_ONLY' }),
    transportSocket: {
      name: 'envoy.transport_sockets.tls',
      typedConfig: {
        '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
        // A server name is a host name: an address may not stand there (RFC 6066).
        ...(!ip && { sni: xds.host }),
        commonTlsContext: { tlsParams: { tlsMinimumProtocolVersion: 'TLSv1_2' }, validationContextSdsSecretConfig: { name: CONTROL_PLANE_CA } },
      },
    },
  };
}

function accessLogCluster(input: BootstrapInput): JsonObject {
  return { ...http2Cluster(systemNames(input.unifiedNaming).accessLogSink, { pipe: { path: accessLogSocketPath(input) } }), type: 'STATIC' };
}

function http2Cluster(name: string, address: JsonObject): JsonObject {
  return {
    name,
    connectTimeout: '1s',
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ endpoint: { address } }] }] },
    upstreamConnectionOptions: { tcpKeepalive: { keepaliveProbes: 3, keepaliveTime: 10, keepaliveInterval: 10 } },
    typedExtensionProtocolOptions: { [HTTP_OPTIONS]: { '@type': `type.googleapis.com/${HTTP_OPTIONS}`, explicitHttpConfig: { http2ProtocolOptions: {} } } },
  };
}

/** The control plane must show a certificate of this CA for the host that was dialled, be it a name or an address. */
function controlPlaneCa({ xds }: BootstrapInput): JsonObject {
  return {
    name: CONTROL_PLANE_CA,
    validationContext: {
      trustedCa: { inlineBytes: base64Encode(getTextEncoding().encodeUtf8(xds.caPem)) },
      matchTypedSubjectAltNames: ['DNS', 'IP_ADDRESS'].map((sanType) => ({ sanType, matcher: { exact: xds.host } })),
    },
  };
}

function isIp(host: string): boolean {
  return host.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}
