import { compareText } from '@weft/kernel';
import { kriOf } from '../metadata/kri.ts';
import type { Resource } from '../resource.ts';
import type { ResourceType } from '../resource-type.ts';
import { serviceSnis } from '../types/mesh-service/snis.ts';

/** A REST document: plain data, keys in the order in which the API writes them. */
export type ResourceDocument = Readonly<Record<string, unknown>>;

/** Meta of a document: type, mesh, name, times, labels (if any) sorted by key, kri (for types with a short name). */
export function metaDocument(type: ResourceType, resource: Resource): ResourceDocument {
  const labels = Object.entries(resource.labels).sort(([a], [b]) => compareText(a, b));
  const kri = kriOf(type, resource);
  return {
    type: type.name,
    ...(type.scope === 'Mesh' && { mesh: resource.mesh }),
    name: resource.name,
    creationTime: resource.creationTime,
    modificationTime: resource.modificationTime,
    ...(labels.length > 0 && { labels: Object.fromEntries(labels) }),
    ...(kri !== undefined && { kri }),
  };
}

/** The document of a resource: meta, then the spec inlined, or `snis` (of services), `spec` and `status`. */
export function toDocument(type: ResourceType, resource: Resource): ResourceDocument {
  const meta = metaDocument(type, resource);
  if (type.form === 'inline') return { ...meta, ...(resource.spec as object) };
  const snis = serviceSnis(resource);
  return { ...meta, ...(snis && { snis }), spec: resource.spec ?? {}, ...(resource.status !== undefined && { status: resource.status }) };
}
