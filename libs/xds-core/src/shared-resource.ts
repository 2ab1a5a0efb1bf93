/** The xDS types that Weft serves, in the order in which a proxy must hear of them (removals last). */
export const XDS_TYPES = ['cds', 'eds', 'lds', 'rds', 'sds'] as const;

/** Short name of an xDS type. */
export type XdsType = (typeof XDS_TYPES)[number];

/** Type URLs as they stand in requests and responses. */
export const TYPE_URLS: Readonly<Record<XdsType, string>> = {
  cds: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  eds: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  lds: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  rds: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  sds: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
};

/**
 * One Envoy resource, encoded once and shared by every proxy that is to have it. Two resources of equal type, name
 * and version are the same object within a process.
 */
export interface SharedResource {
  readonly type: XdsType;
  readonly name: string;
  /** Hash of `body`, or for a leaf certificate its identity, serial, expiry and issuer generation (design §4). */
  readonly version: string;
  /** The encoded message (the value of an Any with the type's URL). Nobody may change it. */
  readonly body: Uint8Array;
}

/** All that one proxy is to have, by type and name. */
export type ProxySnapshot = Readonly<Record<XdsType, ReadonlyMap<string, SharedResource>>>;

/** Names that differ between two snapshots of one proxy (added, changed or removed). A type that is absent did not change. */
export type ChangedNames = Readonly<Partial<Record<XdsType, ReadonlySet<string>>>>;
