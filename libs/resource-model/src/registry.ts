import { MeshError } from '@weft/kernel';
import type { ResourceType } from './resource-type.ts';

/** The set of known types, as a value. Lookups are map accesses. */
export interface TypeRegistry {
  /** In the order given. */
  readonly all: readonly ResourceType[];
  /** By type name, e.g. `MeshTimeout`. */
  byName(name: string): ResourceType | undefined;
  /** By REST path or alias, e.g. `meshtimeouts`. */
  byPath(path: string): ResourceType | undefined;
  /** By short name, e.g. `mt`. */
  byShortName(shortName: string): ResourceType | undefined;
  /** By CLI argument in singular or plural form, e.g. `meshtimeout` or `meshtimeouts`. */
  byCliName(name: string): ResourceType | undefined;
}

/** Builds a registry. Throws `internal/bug` when two types claim one name or path. */
export function createRegistry(types: readonly ResourceType[]): TypeRegistry {
  const names = new Map<string, ResourceType>();
  const paths = new Map<string, ResourceType>();
  const shortNames = new Map<string, ResourceType>();
  const cliNames = new Map<string, ResourceType>();
  const claim = (index: Map<string, ResourceType>, key: string | undefined, type: ResourceType): void => {
    if (key === undefined) return;
    const other = index.get(key);
    if (other !== undefined && other !== type) throw new MeshError('internal/bug', `${type.name} and ${other.name} both claim "${key}"`);
    index.set(key, type);
  };
  for (const type of types) {
    claim(names, type.name, type);
    claim(shortNames, type.shortName, type);
    if (!type.internal) for (const path of [type.plural, ...(type.aliases ?? [])]) claim(paths, path, type);
    if (type.cliName !== undefined) for (const arg of [type.plural, ...[type.cliName, ...(type.cliAliases ?? [])].flatMap((name) => [name, `${name}s`])]) claim(cliNames, arg, type);
  }
  return {
    all: types,
    byName: (name) => names.get(name),
    byPath: (path) => paths.get(path),
    byShortName: (shortName) => shortNames.get(shortName),
    byCliName: (name) => cliNames.get(name),
  };
}
