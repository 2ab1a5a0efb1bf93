import { sortedBy } from '@weft/kernel';
import type { OutboundSpec } from './outbound-specs.ts';
import type { NameView } from './proxy-view.ts';

/** The names of a group's outbounds: a name without an outbound would lead nowhere, so there is none. */
export function namesOf(specs: readonly Pick<OutboundSpec, 'address' | 'hostnames'>[]): readonly NameView[] {
  const addresses = new Map<string, Set<string>>();
  for (const { address, hostnames } of specs) {
    for (const name of hostnames) if (name !== '') addresses.set(name, (addresses.get(name) ?? new Set()).add(address));
  }
  return sortedBy(addresses, ([name]) => name).map(([name, found]) => ({ name, addresses: [...found].sort() }));
}
