import type { Policy } from '@weft/policy-engine';

/** Key of a set of endpoints: `tag:<service>`, `ms:<name>:<port>` for a port of a MeshService, `mzms:<name>:<port>` for one of a MeshMultiZoneService, `mes:<name>:<port>` for a MeshExternalService. */
export type EndpointSetKey = string;

/** What changes have touched in one mesh. Whatever is not named is exactly as before. */
export interface MeshDirty {
  /** The Mesh resource itself, or what concerns all of its proxies as that does. */
  mesh: boolean;
  /** Dataplanes added, changed or removed, by name. */
  readonly dataplanes: Set<string>;
  /** Endpoint sets with other endpoints than before. */
  readonly endpoints: Set<EndpointSetKey>;
  /** Services (by tag) that appeared, vanished, or changed their protocol or ports. */
  readonly shapes: Set<string>;
  /** MeshServices, MeshMultiZoneServices and MeshExternalServices added, removed, or changed in what outbounds depend on, by name. */
  readonly meshServices: Set<string>;
  /** MeshExternalServices added, changed or removed, by name: for egresses, which know where these are. */
  readonly externalServices: Set<string>;
  /** Where egresses lead to other zones. */
  beyondEgresses: boolean;
  /** Host names and ports that VirtualOutbounds make are others. */
  virtualOutbounds: boolean;
  /** Policies before and after. */
  readonly policies: { readonly before: Policy | undefined; readonly after: Policy | undefined }[];
  /** A policy of the first generation, which may be about anybody. */
  legacy: boolean;
  /** Trust bundles changed. */
  trust: boolean;
  /** Somebody may have another identity, or other trust domains count. */
  identities: boolean;
  /** Endpoint sets whose proxies may be met by other SPIFFE ids than before. */
  readonly peers: Set<EndpointSetKey>;
  /** A collector that policies refer to. */
  collectors: boolean;
  /** Other zones have an address for this mesh, or none any more: their services are called by another name in TLS. */
  zones: boolean;
}

/** What changes have touched. */
export interface Dirty {
  /** Host names with other addresses than before, with their service by tag, if they are of one. */
  readonly vips: Map<string, string | undefined>;
  readonly meshes: Map<string, MeshDirty>;
  /** ZoneIngresses and ZoneEgresses added, changed or removed: `<type>//<name>`. */
  readonly zoneProxies: Set<string>;
}

/** Nothing touched. */
export function clean(): Dirty {
  return { vips: new Map(), meshes: new Map(), zoneProxies: new Set() };
}

/** The part about one mesh, made on first use. */
export function dirtyMesh(dirty: Dirty, mesh: string): MeshDirty {
  const known = dirty.meshes.get(mesh);
  if (known !== undefined) return known;
  const made: MeshDirty = { mesh: false, dataplanes: new Set(), endpoints: new Set(), shapes: new Set(), meshServices: new Set(), externalServices: new Set(), beyondEgresses: false, virtualOutbounds: false, policies: [], legacy: false, trust: false, identities: false, peers: new Set(), collectors: false, zones: false };
  dirty.meshes.set(mesh, made);
  return made;
}
