import type { SyncHeld, SyncHeldRequest } from '@weft/bus';
import { compareText } from '@weft/kernel';
import { demandType, type SyncPorts } from './apply-synced.ts';
import { isOf, peerName } from './peer-resources.ts';

/** A name and a version take 350 bytes at most, a message of the bus 1 MiB. */
const NAMES_PER_ANSWER = 2_000;

/** What is held of one type from a peer, with the version where it is known. Errors as those of applying. */
export async function heldSynced(ports: SyncPorts, { from, type: name, after = '' }: SyncHeldRequest): Promise<SyncHeld> {
  const type = demandType(ports, { type: name, from });
  if (ports.insights.takes(type)) return page(ports.insights.held(type, from), after);
  const stored = (await ports.store.list(type.name)).filter((resource) => isOf(from, resource));
  const named = stored.map((resource) => ({ name: peerName(from, resource), stored: resource }));
  return page(named, after, (one) => ports.versions.of(from, one));
}

function page<T extends { readonly name: string; readonly version?: string }>(all: readonly T[], after: string, versionOf: (one: T) => string = ({ version = '' }) => version): SyncHeld {
  const rest = all.filter(({ name }) => name > after).sort((a, b) => compareText(a.name, b.name));
  const now = rest.slice(0, NAMES_PER_ANSWER);
  const last = now.at(-1);
  return { held: now.map((one) => [one.name, versionOf(one)] as const), ...(rest.length > now.length && last !== undefined && { more: last.name }) };
}
