import { MeshError } from '@weft/kernel';
import type { ResourceType, TypeRegistry } from '@weft/resource-model';

/** The type that a command line argument names, in singular or plural; throws with the allowed values. */
export function typeOfArgument(registry: TypeRegistry, argument: string): ResourceType {
  const type = registry.byCliName(argument);
  if (type !== undefined) return type;
  const allowed = registry.all.flatMap((known) => (known.cliName === undefined ? [] : [known.cliName, ...(known.cliAliases ?? [])])).sort();
  throw new MeshError('resource/unknown-type', `unknown TYPE: ${argument}. Allowed values: ${allowed.join(', ')}`);
}

/** REST path of a type's list. */
export function listPath(type: ResourceType, mesh: string): string {
  return type.scope === 'Mesh' ? `/meshes/${encodeURIComponent(mesh)}/${type.plural}` : `/${type.plural}`;
}

/** REST path of one resource. */
export function itemPath(type: ResourceType, mesh: string, name: string): string {
  return `${listPath(type, mesh)}/${encodeURIComponent(name)}`;
}
