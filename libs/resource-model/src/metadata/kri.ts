import { err, ok, type Result } from '@weft/kernel';
import type { Resource } from '../resource.ts';
import type { ResourceType } from '../resource-type.ts';

/** A Kuma resource identifier taken apart: `kri_<short>_<mesh>_<zone>_<namespace>_<name>_<section>`. */
export interface Kri {
  readonly shortName: string;
  /** Empty for types of global scope. */
  readonly mesh: string;
  /** Empty for what is not bound to a zone. */
  readonly zone: string;
  readonly namespace: string;
  /** Display name. */
  readonly name: string;
  /** Port, inbound, listener or rule; empty for the whole resource. */
  readonly section: string;
}

/** The name that people gave a resource: its display-name label, else its name. */
export function displayNameOf({ name, labels }: Pick<Resource, 'name' | 'labels'>): string {
  return labels['kuma.io/display-name'] ?? name;
}

/** The identifier of a resource or of a section of it; undefined for types without short name. */
export function kriOf(type: ResourceType, resource: Pick<Resource, 'mesh' | 'name' | 'labels'>, section = ''): string | undefined {
  if (type.shortName === undefined) return undefined;
  const { mesh, labels } = resource;
  return formatKri({
    shortName: type.shortName,
    mesh,
    zone: labels['kuma.io/zone'] ?? '',
    namespace: labels['k8s.kuma.io/namespace'] ?? '',
    name: displayNameOf(resource),
    section,
  });
}

/** The text of an identifier; the inverse of {@link parseKri} for parts without underscore. */
export function formatKri({ shortName, mesh, zone, namespace, name, section }: Kri): string {
  return `kri_${shortName}_${mesh}_${zone}_${namespace}_${name}_${section}`;
}

/** Takes an identifier apart. What follows the seventh underscore belongs to the section. The error is a message. */
export function parseKri(text: string): Result<Kri, string> {
  const [prefix, shortName = '', mesh = '', zone = '', namespace = '', name = '', ...section] = text.split('_');
  if (prefix !== 'kri' || section.length === 0) return err(`invalid identifier string: "${text}"`);
  return ok({ shortName, mesh, zone, namespace, name, section: section.join('_') });
}
