import { isLocal, originZoneOf } from '@weft/kds-core';
import { MeshError } from '@weft/kernel';
import type { Resource, ResourceType } from '@weft/resource-model';
import type { Site } from '../admission/draft.ts';

/** Whether nobody may write a type through this API. */
export function isReadOnly(type: ResourceType, site: Site): boolean {
  return type.readOnly === true || site.readOnly || isForeign(type, site);
}

/** Throws `resource/read-only` with a text that says where to write instead. */
export function demandWritable(type: ResourceType, site: Site): void {
  if (isReadOnly(type, site)) throw new MeshError('resource/read-only', reason(type, site));
}

/** Throws `resource/read-only` for a resource that came from another control plane: it would not come again, for it is held to be here. */
export function demandOwn(resource: Resource, { mode, federated }: Site): void {
  const { type, name, labels } = resource;
  const zone = mode === 'global' ? originZoneOf(resource) : undefined;
  if (zone !== undefined) throw new MeshError('resource/read-only', `${type} "${name}" is of zone "${zone}": delete it there, as "${labels['kuma.io/display-name'] ?? name}".\n`);
  if (federated && !isLocal(resource)) throw new MeshError('resource/read-only', `${type} "${name}" is of the global control plane: delete it there, as "${labels['kuma.io/display-name'] ?? name}".\n`);
}

// What only the other kind of control plane provides.
function isForeign({ origin }: ResourceType, { mode, federated }: Site): boolean {
  if (mode === 'global') return origin === 'zone';
  return federated && origin === 'global';
}

function reason(type: ResourceType, site: Site): string {
  if (type.readOnly === true) return `${type.name} is made by the control plane itself and cannot be modified.\n`;
  if (site.readOnly) return 'This API server is read-only (apiServer.readOnly): write through another one.\n';
  if (site.mode === 'global') {
    return "On global control plane you can not modify dataplane resources with 'kumactl apply' or via the HTTP API. You can still use 'kumactl' or the HTTP API to modify them on the zone control plane.\n";
  }
  return "On zone control plane you can only modify zone resources with 'kumactl apply' or via the HTTP API. You can still use 'kumactl' or the HTTP API to modify the rest of the resources on the global control plane.\n";
}
