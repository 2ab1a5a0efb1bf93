import type { Resource } from '@weft/resource-model';

/** Tag that names the service of an inbound. */
export const SERVICE_TAG = 'kuma.io/service';
/** Tag that names the application protocol of an inbound. */
export const PROTOCOL_TAG = 'kuma.io/protocol';
/** Tag and label that name the zone. */
export const ZONE = 'kuma.io/zone';

/** The name before a sync between zones put a hash behind it. */
export function displayName(resource: Pick<Resource, 'name' | 'labels'>): string {
  return resource.labels['kuma.io/display-name'] ?? resource.name;
}

/** Zone that the resource comes from; empty where it has none. */
export function zoneOf(resource: Pick<Resource, 'labels'>): string {
  return resource.labels[ZONE] ?? '';
}

/** Kubernetes namespace; empty elsewhere. */
export function namespaceOf(resource: Pick<Resource, 'labels'>): string {
  return resource.labels['k8s.kuma.io/namespace'] ?? '';
}

/** Whether all pairs of the selector are present; `*` asks for presence only. An empty selector matches everything. */
export function selects(selector: Readonly<Record<string, string>>, tags: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => (value === '*' ? tags[key] !== undefined : tags[key] === value));
}
