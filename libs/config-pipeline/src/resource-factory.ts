import { encodeResource, type EnvoyResource } from '@weft/envoy-builders';
import { contentHash, MeshError } from '@weft/kernel';
import type { SharedResource } from '@weft/xds-core';
import type { Unit } from './generator.ts';
import { referencesOf, type Reference } from './references.ts';
import { WeakMapByKey } from './weak-map-by-key.ts';

/** A unit that has been built. With a `problem` it has no resources. */
export interface BuiltUnit {
  readonly id: string;
  readonly key: string;
  readonly resources: readonly SharedResource[];
  readonly references: readonly Reference[];
  readonly problem: string | undefined;
}

/** A resource above this would not fit a gRPC message of the default size limit beside others. */
const MAX_RESOURCE_BYTES = 3 * 1024 * 1024;

/** Builds units: equal input keys once, equal contents as one object with one encoding and one version. */
export class ResourceFactory {
  readonly #units = new WeakMapByKey<BuiltUnit>();
  readonly #resources = new WeakMapByKey<SharedResource>();
  resourcesBuilt = 0;
  bytesEncoded = 0;

  /** True where the unit costs next to nothing. */
  has(unit: Unit): boolean {
    return this.#units.get(unit.key) !== undefined;
  }

  build(unit: Unit): BuiltUnit {
    const known = this.#units.get(unit.key);
    if (known !== undefined) return known;
    const built = this.#make(unit);
    this.#units.set(unit.key, built);
    return built;
  }

  /** A fault of one unit must not take the others with it: whatever is thrown becomes the unit's problem. */
  #make(unit: Unit): BuiltUnit {
    try {
      const messages = unit.build();
      const resources = messages.map((message) => this.#share(message, unit.fingerprint));
      return { id: unit.id, key: unit.key, resources, references: messages.flatMap(referencesOf), problem: problemOf(resources) };
    } catch (caught) {
      return { id: unit.id, key: unit.key, resources: [], references: [], problem: MeshError.from(caught).message };
    }
  }

  #share(resource: EnvoyResource, fingerprint: string | undefined): SharedResource {
    const body = encodeResource(resource);
    this.resourcesBuilt++;
    this.bytesEncoded += body.length;
    const version = contentHash(fingerprint ?? body);
    const key = `${resource.type} ${resource.name} ${version}`;
    const known = this.#resources.get(key);
    if (known !== undefined) return known;
    const made: SharedResource = { type: resource.type, name: resource.name, version, body };
    this.#resources.set(key, made);
    return made;
  }
}

function problemOf(resources: readonly SharedResource[]): string | undefined {
  const nameless = resources.find(({ name }) => name === '');
  if (nameless !== undefined) return `a resource of type ${nameless.type} has no name`;
  const large = resources.find(({ body }) => body.length > MAX_RESOURCE_BYTES);
  return large === undefined ? undefined : `${large.type} ${large.name} has ${large.body.length} bytes; a resource may have ${MAX_RESOURCE_BYTES}`;
}
