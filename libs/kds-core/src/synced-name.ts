import { displayNameOf, type Resource } from '@weft/resource-model';
import { hashedName } from './hashed-name.ts';

/** What these are called is known to both sides; a hash would hide it. */
const NEVER_HASHED = new Set(['Mesh', 'Config', 'Secret', 'GlobalSecret']);

/**
 * A resource under the name that it has at the other side: hashed from mesh, display name, zone and namespace, with the
 * name that people gave it as `kuma.io/display-name`. The same resource gets the same name however often it travels, and an
 * insight the same as its proxy.
 */
export function withSyncedName(resource: Resource): Resource {
  if (NEVER_HASHED.has(resource.type)) return resource;
  const { mesh, labels } = resource;
  const extra = [labels['kuma.io/zone'], labels['k8s.kuma.io/namespace']].filter((part) => part !== undefined);
  return renamed(resource, hashedName(mesh, displayNameOf(resource), extra));
}

/** A resource under another name; its old one becomes the display name unless it has one. */
export function renamed(resource: Resource, name: string): Resource {
  if (name === resource.name) return resource;
  return { ...resource, name, labels: { ...resource.labels, 'kuma.io/display-name': displayNameOf(resource) } };
}

/** Name of a resource in a response: `<name>.<mesh>`, with a trailing dot in global scope. */
export function wireName({ name, mesh }: Pick<Resource, 'name' | 'mesh'>): string {
  return `${name}.${mesh}`;
}

/** The inverse of {@link wireName}: what follows the last dot is the mesh, for no mesh's name has one. */
export function parseWireName(text: string): Pick<Resource, 'name' | 'mesh'> {
  const dot = text.lastIndexOf('.');
  return dot === -1 ? { name: text, mesh: '' } : { name: text.slice(0, dot), mesh: text.slice(dot + 1) };
}
