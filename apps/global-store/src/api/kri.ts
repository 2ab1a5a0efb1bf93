import { MeshError } from '@weft/kernel';
import type { ResourceType, TypeRegistry } from '@weft/resource-model';

/** A resource identifier taken apart. */
export interface Kri {
  readonly type: ResourceType;
  readonly mesh: string;
  /** Empty for what is not bound to a zone. */
  readonly zone: string;
  readonly namespace: string;
  /** Display name. */
  readonly name: string;
  readonly section: string;
}

/** Reads `kri_<short>_<mesh>_<zone>_<namespace>_<name>_<section>`. Throws `request/invalid` for anything else or an unknown short name. */
export function parseKri(text: string, registry: TypeRegistry): Kri {
  const [prefix, short = '', mesh = '', zone = '', namespace = '', name = '', ...section] = text.split('_');
  const type = prefix === 'kri' && section.length > 0 ? registry.byShortName(short) : undefined;
  if (type === undefined) throw new MeshError('request/invalid', `bad request: invalid identifier string: "${text}"`);
  return { type, mesh, zone, namespace, name, section: section.join('_') };
}
