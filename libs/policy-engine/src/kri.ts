import type { Resource } from '@weft/resource-model';
import { displayName, namespaceOf, zoneOf } from './labels.ts';

/** Short names in KRIs of what policies refer to. */
export const KRI_SHORT = { MeshService: 'msvc', MeshExternalService: 'extsvc', MeshMultiZoneService: 'mzsvc', MeshHTTPRoute: 'mhttpr' } as const;

/** What a KRI names. Absent parts are empty text. */
export interface KriParts {
  readonly short: string;
  readonly mesh: string;
  readonly zone: string;
  readonly namespace: string;
  readonly name: string;
  readonly section?: string;
}

/** Kuma resource identifier: `kri_<short>_<mesh>_<zone>_<namespace>_<name>_<section>`. */
export function formatKri({ short, mesh, zone, namespace, name, section = '' }: KriParts): string {
  return ['kri', short, mesh, zone, namespace, name, section].join('_');
}

/** The KRI of a resource, without a section. */
export function kriOf(resource: Pick<Resource, 'mesh' | 'name' | 'labels'>, short: string): string {
  return formatKri({ short, mesh: resource.mesh, zone: zoneOf(resource), namespace: namespaceOf(resource), name: displayName(resource) });
}

/** The KRI with its last part replaced. */
export function withSection(kri: string, section: string): string {
  return kri.slice(0, kri.lastIndexOf('_') + 1) + section;
}
