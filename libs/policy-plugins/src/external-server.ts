import { create } from '@bufbuild/protobuf';
import { explicitLimits, finishCluster, http2Options, socketAddress, staticCluster } from '@weft/envoy-builders';
import { Cluster_DiscoveryType, type Cluster } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { SubjectAltNameMatcher_SanType } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/common_pb.js';
import { UpstreamTlsContextSchema, type UpstreamTlsContext } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import { isIp } from '@weft/resource-model';

/** Where Debian and its kin keep the CAs of the system; agents say where theirs are. */
const SYSTEM_CAS = '/etc/ssl/certs/ca-certificates.crt';

const CONNECT_TIMEOUT_MS = 5_000;

/** What filters ask a server outside the mesh for. */
export type ServerUse = 'jwks' | 'authorizer';

/** Name of the cluster of a server that filters ask: `<use>:<scheme>:<host>:<port>`. URIs of one server share it. */
export function serverClusterName(use: ServerUse, uri: string): string {
  const { scheme, host, port } = placeOf(uri);
  return `${use}:${scheme}:${host}:${port}`;
}

/** The cluster of a server (`http`, `https`, `grpc` or `grpcs`). A name is resolved by Envoy; with TLS the server must prove to be the host. */
export function serverCluster(use: ServerUse, uri: string, systemCaPath = SYSTEM_CAS): Cluster {
  const { scheme, host, port } = placeOf(uri);
  const cluster = explicitLimits(staticCluster(serverClusterName(use, uri), socketAddress(host, port), CONNECT_TIMEOUT_MS));
  if (!isIp(host)) cluster.clusterDiscoveryType = { case: 'type', value: Cluster_DiscoveryType.STRICT_DNS };
  const tls = isSecure(scheme) ? serverTls({ host, systemCaPath, http2: scheme === 'grpcs' }) : undefined;
  return finishCluster({ protocol: 'tcp', cluster, http: scheme.startsWith('grpc') ? http2Options() : undefined, tls });
}

function serverTls({ host, systemCaPath, http2 }: { readonly host: string; readonly systemCaPath: string; readonly http2: boolean }): UpstreamTlsContext {
  const sanType = isIp(host) ? SubjectAltNameMatcher_SanType.IP_ADDRESS : SubjectAltNameMatcher_SanType.DNS;
  return create(UpstreamTlsContextSchema, {
    ...(!isIp(host) && { sni: host }),
    commonTlsContext: {
      ...(http2 && { alpnProtocols: ['h2'] }),
      validationContextType: {
        case: 'validationContext',
        value: {
          trustedCa: { specifier: { case: 'filename', value: systemCaPath } },
          matchTypedSubjectAltNames: [{ sanType, matcher: { matchPattern: { case: 'exact', value: host } } }],
        },
      },
    },
  });
}

/** Admission has seen to it that the URI has this form. */
function placeOf(uri: string): { readonly scheme: string; readonly host: string; readonly port: number } {
  const [, scheme = '', authority = ''] = /^([a-z]+):\/\/([^/?]+)/.exec(uri) ?? [];
  const [, v6, name = '', port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(authority) ?? [];
  return { scheme, host: v6 ?? name, port: port === undefined ? (isSecure(scheme) ? 443 : 80) : Number(port) };
}

function isSecure(scheme: string): boolean {
  return scheme === 'https' || scheme === 'grpcs';
}
