/**
 * A resource as it is stored, published on the feed and indexed: plain data.
 * In REST documents the spec of an inline type stands at top level (see `form` of {@link ResourceType}); here it is
 * always under `spec`.
 */
export interface Resource<Spec = unknown, Status = unknown> {
  /** Name of the type, e.g. `MeshTimeout`. */
  readonly type: string;
  /** Owning mesh; the empty string for types of global scope. */
  readonly mesh: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** RFC 3339 with milliseconds, UTC. */
  readonly creationTime: string;
  readonly modificationTime: string;
  /** Counts the writes of this resource from 1; what compare-and-set compares. */
  readonly version: number;
  readonly spec: Spec;
  readonly status?: Status;
}

/** What identifies a resource within one control plane. */
export interface ResourceKey {
  readonly type: string;
  /** The empty string for types of global scope. */
  readonly mesh: string;
  readonly name: string;
}

/** A {@link ResourceKey} as one string: `type/mesh/name`. No part may hold a slash. */
export type ResourceId = string & { readonly __brand: 'ResourceId' };

/** The id of a key; a Resource is a key too. */
export function resourceId(key: ResourceKey): ResourceId {
  return `${key.type}/${key.mesh}/${key.name}` as ResourceId;
}

/** The inverse of {@link resourceId}; undefined where the text is no id. */
export function parseResourceId(text: string): ResourceKey | undefined {
  const [type, mesh, name, ...rest] = text.split('/');
  if (!type || mesh === undefined || !name || rest.length > 0) return undefined;
  return { type, mesh, name };
}

/** Only the key of a resource. */
export function keyOf(resource: ResourceKey): ResourceKey {
  return { type: resource.type, mesh: resource.mesh, name: resource.name };
}
