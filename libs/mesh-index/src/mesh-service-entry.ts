import { kriOf, selects, SERVICE_TAG, type CatalogItem } from '@weft/policy-engine';
import type { DataplaneInbound, DataplaneSpec, MeshServicePort, MeshServiceSpec, MeshServiceStatus, Resource } from '@weft/resource-model';

/** A MeshService as the index keeps it. */
export interface MeshServiceEntry {
  readonly name: string;
  readonly resource: Resource<MeshServiceSpec, MeshServiceStatus>;
  readonly item: CatalogItem;
  readonly ports: readonly MeshServicePort[];
  /** Service tag that its selector asks for, where it does: lets most Dataplanes be skipped unseen. */
  readonly serviceTag: string | undefined;
  /** The other zone that it comes from; undefined where it is of the own one. Then no Dataplane of this zone serves it. */
  readonly remoteZone: string | undefined;
  /** Ports of the service that lead to this inbound. */
  portsServedBy(dataplane: Resource<DataplaneSpec>, inbound: DataplaneInbound): readonly number[];
}

/** Reads a MeshService. */
export function meshServiceEntry(resource: Resource<MeshServiceSpec, MeshServiceStatus>, remoteZone?: string): MeshServiceEntry {
  const ports = resource.spec.ports ?? [];
  return {
    name: resource.name,
    resource,
    item: {
      kind: 'MeshService', name: resource.name, labels: resource.labels, kri: kriOf(resource, 'msvc'), creationTime: resource.creationTime,
      ports: ports.map(({ name, port }) => ({ name, port })),
    },
    ports,
    serviceTag: resource.spec.selector?.dataplaneTags?.[SERVICE_TAG],
    remoteZone,
    portsServedBy: (dataplane, inbound) => (remoteZone === undefined && selectsInbound(resource.spec, dataplane, inbound) ? ports.filter((port) => leadsTo(port, inbound)).map(({ port }) => port) : []),
  };
}

function selectsInbound({ selector = {} }: MeshServiceSpec, dataplane: Resource<DataplaneSpec>, inbound: DataplaneInbound): boolean {
  const { dataplaneTags, dataplaneRef, dataplaneLabels } = selector;
  if (dataplaneRef?.name !== undefined) return dataplaneRef.name === dataplane.name;
  if (dataplaneTags !== undefined) return selects(dataplaneTags, inbound.tags ?? {});
  return dataplaneLabels?.matchLabels !== undefined && selects(dataplaneLabels.matchLabels, dataplane.labels);
}

function leadsTo({ port, targetPort = port }: MeshServicePort, inbound: DataplaneInbound): boolean {
  return typeof targetPort === 'number' ? inbound.port === targetPort : inbound.name === targetPort || String(inbound.port) === targetPort;
}

/** What outbounds depend on: not the counts of proxies in the status, which change with every endpoint. */
export function shapeOfService(entry: MeshServiceEntry | undefined): unknown {
  const { spec, labels, status, creationTime } = entry?.resource ?? {};
  return { ports: spec?.ports, selector: spec?.selector, identities: spec?.identities, labels, creationTime, vips: status?.vips, hostnames: status?.addresses?.map(({ hostname }) => hostname), tls: status?.tls, exists: entry !== undefined };
}

/** What decides which endpoints a service has. */
export function selectionOf(entry: MeshServiceEntry | undefined): unknown {
  return entry && { selector: entry.resource.spec.selector, ports: entry.ports, zone: entry.remoteZone };
}

/** Only MeshServices whose selector may concern the Dataplane. */
export function servicesThatMaySelect(services: Iterable<MeshServiceEntry>, dataplane: Resource<DataplaneSpec>): MeshServiceEntry[] {
  const tags = new Set((dataplane.spec.networking?.inbound ?? []).map((inbound) => inbound.tags?.[SERVICE_TAG]));
  return [...services].filter(({ serviceTag }) => serviceTag === undefined || tags.has(serviceTag));
}
