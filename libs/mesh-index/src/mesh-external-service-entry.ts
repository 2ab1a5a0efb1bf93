import { equalData } from '@weft/kernel';
import { kriOf, type CatalogItem } from '@weft/policy-engine';
import type { MeshExternalServiceSpec, MeshExternalServiceStatus, Resource } from '@weft/resource-model';
import type { MeshDirty } from './dirty.ts';

/** A MeshExternalService as the index keeps it. */
export interface MeshExternalServiceEntry {
  readonly name: string;
  readonly resource: Resource<MeshExternalServiceSpec, MeshExternalServiceStatus>;
  readonly item: CatalogItem;
  /** The only port that proxies of the mesh see. */
  readonly ports: readonly { readonly port: number; readonly name?: undefined; readonly appProtocol: string }[];
}

/** Reads a MeshExternalService. */
function meshExternalServiceEntry(resource: Resource<MeshExternalServiceSpec, MeshExternalServiceStatus>): MeshExternalServiceEntry {
  const { port, protocol = 'tcp' } = resource.spec.match;
  return {
    name: resource.name,
    resource,
    item: { kind: 'MeshExternalService', name: resource.name, labels: resource.labels, kri: kriOf(resource, 'extsvc'), creationTime: resource.creationTime, ports: [{ name: undefined, port }] },
    ports: [{ port, appProtocol: protocol }],
  };
}

/** Sets or removes one, and says whom that concerns: outbounds of sidecars, ways from egresses. */
export function setExternal(entries: Map<string, MeshExternalServiceEntry>, name: string, resource: MeshExternalServiceEntry['resource'] | undefined, dirty: MeshDirty): void {
  const before = entries.get(name);
  const after = resource && meshExternalServiceEntry(resource);
  if (after === undefined) entries.delete(name);
  else entries.set(name, after);
  if (!equalData(shapeOfExternal(before), shapeOfExternal(after))) dirty.meshServices.add(name);
  if (!equalData(before?.resource.spec, after?.resource.spec)) dirty.externalServices.add(name);
}

/** What outbounds of sidecars depend on: not where the service is, which only egresses know. */
function shapeOfExternal(entry: MeshExternalServiceEntry | undefined): unknown {
  const { spec, labels, status, creationTime } = entry?.resource ?? {};
  return entry && { match: spec?.match, labels, creationTime, vip: status?.vip, hostnames: status?.addresses?.map(({ hostname }) => hostname) };
}
