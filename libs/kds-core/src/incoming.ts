import { err, ok, type Result, type Violation } from '@weft/kernel';
import { validateSpec, withZoneTag, type DataplaneSpec, type Resource, type ResourceType } from '@weft/resource-model';
import { isLocal, isOwnOfEach } from './zone-filter.ts';

/** The zone that a call belongs to, as its metadata say; what the resources claim does not count. */
export interface SendingZone {
  readonly zone: string;
  /** Its names carry a hash; those of older zones get `<zone>.` before them. */
  readonly hashedNames: boolean;
}

/**
 * A resource as the global control plane keeps it: of the zone whose call brought it, whatever it says of itself; its spec
 * read by the type. The error is why it cannot be kept, in words for a NACK.
 */
export function fromZone(type: ResourceType, resource: Resource, { zone, hashedNames }: SendingZone): Result<Resource, string> {
  const prefix = `${zone}.`;
  const name = hashedNames || resource.name.startsWith(prefix) ? resource.name : `${prefix}${resource.name}`;
  const labels = { ...resource.labels, 'kuma.io/origin': 'zone', 'kuma.io/zone': zone };
  return read(type, { ...resource, name, labels, spec: pinned(resource, zone) });
}

/**
 * A resource as a zone keeps it. `stored` is what it holds under that name: a resource of its own is not overwritten, and
 * its own view of a service (addresses, statuses) stays. The error is why it cannot be kept, in words for a NACK.
 */
export function fromGlobal(type: ResourceType, resource: Resource, stored: Resource | undefined): Result<Resource, string> {
  if (isOwnOfEach(resource)) return err(`${type.name} ${resource.name} is made by each control plane for itself`);
  const mayBeOwn = type.origin === 'both' || type.origin === 'zone';
  if (stored !== undefined && mayBeOwn && isLocal(stored)) return err(`user error: ${type.name} ${resource.name} of the global control plane has the name of a resource of this zone; rename one of them`);
  const { status: _, ...rest } = resource;
  const labels = { ...resource.labels, 'kuma.io/origin': 'global' };
  return read(type, { ...rest, labels, ...(stored?.status !== undefined && { status: stored.status }) });
}

/** Whether a resource of the global control plane came from this zone: the ones that the zone's first state is held against. */
export function cameFrom({ labels, name }: Pick<Resource, 'labels' | 'name'>, { zone, hashedNames }: SendingZone): boolean {
  if (labels['kuma.io/origin'] !== 'zone') return false;
  const stated = labels['kuma.io/zone'];
  return stated === undefined ? !hashedNames && name.startsWith(`${zone}.`) : stated === zone;
}

function pinned({ type, spec }: Resource, zone: string): unknown {
  if (type === 'Dataplane') return withZoneTag(spec as DataplaneSpec, zone);
  if (type === 'ZoneEgress') return { ...(spec as object), zone };
  if (type !== 'ZoneIngress') return spec;
  const { availableServices, ...rest } = spec as { readonly availableServices?: readonly { readonly tags?: Readonly<Record<string, string>> }[] };
  return { ...rest, zone, ...(availableServices && { availableServices: availableServices.map((one) => ({ ...one, tags: { ...one.tags, 'kuma.io/zone': zone } })) }) };
}

/** Held against the schema and rules of its type, like a resource that somebody writes: what breaks them must not reach proxies. */
function read(type: ResourceType, resource: Resource): Result<Resource, string> {
  const validated = validateSpec(type, resource);
  return validated.ok ? ok(validated.value.resource) : err(validated.error.map(inWords).join('; '));
}

function inWords({ path, message }: Violation): string {
  return path === '' ? message : `${path}: ${message}`;
}
