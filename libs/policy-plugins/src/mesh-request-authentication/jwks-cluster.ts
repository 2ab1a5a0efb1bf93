import { create } from '@bufbuild/protobuf';
import { finishCluster, socketAddress, staticCluster, trackRemaining } from '@weft/envoy-builders';
import { Cluster_DiscoveryType, type Cluster } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { SubjectAltNameMatcher_SanType } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/common_pb.js';
import { UpstreamTlsContextSchema, type UpstreamTlsContext } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import { isIp } from '../is-ip.ts';

/** Where Debian and its kin keep the CAs of the system; agents say where theirs are. */
const SYSTEM_CAS = '/etc/ssl/certs/ca-certificates.crt';

const CONNECT_TIMEOUT_MS = 5_000;

/** Name of the cluster that a set of keys is fetched from: providers of one server share it. */
export function jwksClusterName(uri: string): string {
  const { tls, host, port } = placeOf(uri);
  return `jwks:${tls ? 'https' : 'http'}:${host}:${port}`;
}

/** The cluster of a server of keys. A name is resolved by Envoy; with https the server must prove to be `host`. */
export function jwksCluster(uri: string, systemCaPath = SYSTEM_CAS): Cluster {
  const { tls, host, port } = placeOf(uri);
  const cluster = trackRemaining(staticCluster(jwksClusterName(uri), socketAddress(host, port), CONNECT_TIMEOUT_MS));
  if (!isIp(host)) cluster.clusterDiscoveryType = { case: 'type', value: Cluster_DiscoveryType.STRICT_DNS };
  return finishCluster({ protocol: 'tcp', cluster, http: undefined, tls: tls ? serverTls(host, systemCaPath) : undefined });
}

function serverTls(host: string, filename: string): UpstreamTlsContext {
  const sanType = isIp(host) ? SubjectAltNameMatcher_SanType.IP_ADDRESS : SubjectAltNameMatcher_SanType.DNS;
  return create(UpstreamTlsContextSchema, {
    ...(!isIp(host) && { sni: host }),
    commonTlsContext: {
      validationContextType: {
        case: 'validationContext',
        value: {
          trustedCa: { specifier: { case: 'filename', value: filename } },
          matchTypedSubjectAltNames: [{ sanType, matcher: { matchPattern: { case: 'exact', value: host } } }],
        },
      },
    },
  });
}

/** Admission has seen to it that the URI has this form. */
function placeOf(uri: string): { readonly tls: boolean; readonly host: string; readonly port: number } {
  const { protocol, hostname, port } = new URL(uri);
  const tls = protocol === 'https:';
  return { tls, host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (tls ? 443 : 80) : Number(port) };
}
