import { compareText } from '@weft/kernel';
import type { Change, MeshZoneAddressSpec, Resource, ResourceKey, ZoneIngressSpec, ZoneLivenessSpec, ZoneWithdrawalSpec } from '@weft/resource-model';
import type { EntrancePlace } from './entrance-probe.ts';

/** What is decided about a zone, as stored. */
export type StoredWithdrawal = Resource<ZoneWithdrawalSpec>;

interface Entrance extends EntrancePlace {
  readonly zone: string;
}

/** Types that say something of other zones. */
export const ZONE_FACTS: readonly string[] = ['ZoneLiveness', 'ZoneWithdrawal', 'ZoneIngress', 'MeshZoneAddress'];

/** What the feed says of other zones: their entrances, whether they are alive, and what was decided about them. */
export class ZoneFacts {
  readonly #own: string;
  readonly #entrances = new Map<string, Entrance>();
  readonly #liveness = new Map<string, ZoneLivenessSpec>();
  readonly #withdrawals = new Map<string, StoredWithdrawal>();

  constructor(own: string) {
    this.#own = own;
  }

  /** Other zones that have entrances, or about which something was decided, by name. */
  get zones(): readonly string[] {
    return [...new Set([...[...this.#entrances.values()].map(({ zone }) => zone), ...this.#withdrawals.keys()])].sort(compareText);
  }

  /** Where a zone is entered, each place once. */
  entrances(zone: string): readonly EntrancePlace[] {
    const own = [...this.#entrances.values()].filter((entrance) => entrance.zone === zone);
    return [...new Map(own.map(({ address, port }) => [`${address} ${port}`, { address, port }])).values()];
  }

  /** Whether the global control plane says that a zone is alive; undefined where it says nothing. */
  online(zone: string): boolean | undefined {
    return [...this.#liveness.values()].find((liveness) => liveness.zone === zone)?.online;
  }

  withdrawal(zone: string): StoredWithdrawal | undefined {
    return this.#withdrawals.get(zone);
  }

  load(resources: Iterable<Resource>): void {
    for (const known of [this.#entrances, this.#liveness, this.#withdrawals]) known.clear();
    for (const resource of resources) this.set(resource, resource);
  }

  apply(change: Change): void {
    if (change.op === 'put') this.set(change.resource, change.resource);
    else if (change.op === 'delete') this.set(change.key, undefined);
  }

  /** Takes one resource as it is now; undefined where it is gone. */
  set(key: ResourceKey, resource: Resource | undefined): void {
    switch (key.type) {
      case 'ZoneLiveness': return put(this.#liveness, key.name, (resource as Resource<ZoneLivenessSpec> | undefined)?.spec);
      case 'ZoneWithdrawal': return put(this.#withdrawals, key.name, resource as StoredWithdrawal | undefined);
      default: {
        const entrance = resource && readEntrance(resource);
        put(this.#entrances, `${key.type} ${key.mesh} ${key.name}`, entrance?.zone === this.#own || entrance?.zone === '' ? undefined : entrance);
      }
    }
  }
}

function readEntrance({ type, spec, labels }: Resource): Entrance | undefined {
  const zone = labels['kuma.io/zone'] ?? '';
  if (type === 'MeshZoneAddress') return { zone, ...(spec as MeshZoneAddressSpec) };
  const { zone: stated, networking: { advertisedAddress: address = '', advertisedPort: port = 0 } = {} } = spec as ZoneIngressSpec;
  return address === '' || port === 0 ? undefined : { zone: stated ?? zone, address, port };
}

function put<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
