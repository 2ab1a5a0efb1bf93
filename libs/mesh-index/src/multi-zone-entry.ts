import { kriOf, type CatalogItem } from '@weft/policy-engine';
import type { MeshMultiZoneServiceSpec, MeshMultiZoneServiceStatus, Resource } from '@weft/resource-model';

/** A MeshMultiZoneService as the index keeps it. */
export interface MultiZoneEntry {
  readonly name: string;
  readonly resource: Resource<MeshMultiZoneServiceSpec, MeshMultiZoneServiceStatus>;
  readonly item: CatalogItem;
  readonly ports: NonNullable<MeshMultiZoneServiceSpec['ports']>;
}

/** Reads a MeshMultiZoneService. */
export function multiZoneEntry(resource: Resource<MeshMultiZoneServiceSpec, MeshMultiZoneServiceStatus>): MultiZoneEntry {
  const ports = resource.spec.ports ?? [];
  return {
    name: resource.name,
    resource,
    item: {
      kind: 'MeshMultiZoneService', name: resource.name, labels: resource.labels, kri: kriOf(resource, 'mzsvc'), creationTime: resource.creationTime,
      ports: ports.map(({ name, port }) => ({ name, port })),
    },
    ports,
  };
}

/** What outbounds depend on, beside the endpoints. */
export function shapeOfMultiZone(entry: MultiZoneEntry | undefined, members: readonly string[]): unknown {
  const { spec, labels, status, creationTime } = entry?.resource ?? {};
  return entry && { ports: spec?.ports, labels, creationTime, vips: status?.vips, hostnames: status?.addresses?.map(({ hostname }) => hostname), members };
}
