/**
 * What the builders give and take. The dependency goes one way: `@weft/policy-plugins` depends on this package.
 *
 * - From `@weft/policy-plugins` (they run the policy plugins over the drafts made here):
 *   `buildInbound(inbound, ctx: ProxyContext)`: Listener and Cluster;
 *   `buildOutbound(outbound, ctx: OutboundContext)`: Listener, and for http a RouteConfiguration;
 *   `buildCluster(destination, ctx: OutboundContext)`: Cluster;
 *   `buildTransparentProxy(view)`: passthrough listeners and clusters.
 * - From `@weft/envoy-builders` (no policy touches them):
 *   `buildEndpoints(view)`: ClusterLoadAssignment; `buildAdmin(view, tls?)`: admin listener, admin and readiness clusters; `buildBootstrap(input)`; `buildIdentitySecret`,
 *   `buildValidationSecret`; every name in `naming.ts`.
 *
 * All of them are pure: equal input gives equal bytes ({@link encodeResource}).
 */
import { toBinary, type DescMessage, type Message } from '@bufbuild/protobuf';
import { ClusterSchema, type Cluster } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema, type ClusterLoadAssignment } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema, type Listener } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema, type RouteConfiguration } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { SecretSchema, type Secret } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
import type { MeshCredentials, MeshView, TelemetryView, TransparentProxyPorts } from '@weft/proxy-view';
import type { XdsType } from '@weft/xds-core';

/** One resource as Envoy gets it. Type and name identify it within a proxy. */
export interface EnvoyResource {
  readonly type: XdsType;
  readonly name: string;
  readonly schema: DescMessage;
  /** Finished: nobody changes it any more. */
  readonly message: Message;
  /** Where it comes from, as MeshProxyPatch calls it, where that is not the origin of what it was built with. */
  readonly origin?: string;
}

/** Facts about the proxy that shape its inbounds. Equal contexts and equal views give equal resources. */
export interface ProxyContext {
  readonly mesh: MeshView;
  /** Contextual and KRI names instead of the older ones. */
  readonly unifiedNaming: boolean;
  /** The proxy announces `feature-reuse-port`. */
  readonly reusePort: boolean;
  /** Redirection; undefined where connections come to the listeners' own addresses. */
  readonly transparentProxy: TransparentProxyPorts | undefined;
  readonly ipv6Enabled: boolean;
  /** Address of the Dataplane. */
  readonly proxyAddress: string;
  /** Default: those of the mesh's own CA. */
  readonly credentials?: MeshCredentials;
  /** File (such as /dev/stdout) for one line per denied call, with the rule's name. Default: no such log. */
  readonly denialLogPath?: string;
  /** For access logs and traces. Default: only the address is known. */
  readonly telemetry?: TelemetryView;
  /** File with the CAs of the proxy's host. */
  readonly systemCaPath?: string;
}

/** Facts that shape outbounds and their clusters: no more than this, so that proxies share what is built. */
export interface OutboundContext {
  readonly mesh: MeshView;
  readonly unifiedNaming: boolean;
  readonly reusePort: boolean;
  /** Adds the IPv6 ranges to what Envoy takes for internal addresses. Default false. */
  readonly ipv6Enabled?: boolean;
  /** Default: those of the mesh's own CA. */
  readonly credentials?: MeshCredentials;
  /** For access logs and traces; absent where no policy asks for any. */
  readonly telemetry?: TelemetryView;
  /** What requests say of their sender's tags; absent where no policy of the mesh asks. */
  readonly callerTags?: string;
}

/** A Cluster as a resource. */
export const clusterResource = (message: Cluster): EnvoyResource => ({ type: 'cds', name: message.name, schema: ClusterSchema, message });

/** A ClusterLoadAssignment as a resource. */
export const endpointsResource = (message: ClusterLoadAssignment): EnvoyResource => ({ type: 'eds', name: message.clusterName, schema: ClusterLoadAssignmentSchema, message });

/** A Listener as a resource. */
export const listenerResource = (message: Listener): EnvoyResource => ({ type: 'lds', name: message.name, schema: ListenerSchema, message });

/** A RouteConfiguration as a resource. */
export const routesResource = (message: RouteConfiguration): EnvoyResource => ({ type: 'rds', name: message.name, schema: RouteConfigurationSchema, message });

/** A Secret as a resource. */
export const secretResource = (message: Secret): EnvoyResource => ({ type: 'sds', name: message.name, schema: SecretSchema, message });

/** The bytes of a resource (value of the Any on the wire). The builders insert map entries in sorted order, so equal content gives equal bytes. */
export function encodeResource(resource: EnvoyResource): Uint8Array {
  return toBinary(resource.schema, resource.message);
}
