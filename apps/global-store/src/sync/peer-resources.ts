import type { SyncPeer } from '@weft/bus';
import { cameFrom, isLocal, wireName } from '@weft/kds-core';
import type { Resource, ResourceKey } from '@weft/resource-model';

/** Whether a stored resource is what this peer sent: nothing else is ever changed or removed at its word. */
export function isOf(peer: SyncPeer, resource: Resource): boolean {
  return peer.side === 'zone' ? cameFrom(resource, peer) : !isLocal(resource);
}

/** The key under which a resource of a peer is stored. Zones whose names carry no hash get `<zone>.` before theirs. */
export function storedKey(peer: SyncPeer, { type, mesh, name }: ResourceKey): ResourceKey {
  if (peer.side === 'global' || peer.hashedNames || name.startsWith(`${peer.zone}.`)) return { type, mesh, name };
  return { type, mesh, name: `${peer.zone}.${name}` };
}

/** The name by which the peer knows a stored resource of its own: the inverse of {@link storedKey}. */
export function peerName(peer: SyncPeer, { name, mesh }: Pick<Resource, 'name' | 'mesh'>): string {
  const isPrefixed = peer.side === 'zone' && !peer.hashedNames && name.startsWith(`${peer.zone}.`);
  return wireName({ mesh, name: isPrefixed ? name.slice(peer.zone.length + 1) : name });
}

/** The peer in bucket keys. */
export function peerKey(peer: SyncPeer): string {
  return peer.side === 'global' ? 'global' : `zone/${peer.zone}`;
}

/** The peer in sentences. */
export function peerInWords(peer: SyncPeer): string {
  return peer.side === 'global' ? 'the global control plane' : `zone "${peer.zone}"`;
}
