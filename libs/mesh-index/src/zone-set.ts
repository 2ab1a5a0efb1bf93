import { compareText, equalData } from '@weft/kernel';
import type { Resource, ZoneEgressSpec, ZoneIngressSpec, ZoneWithdrawalSpec } from '@weft/resource-model';
import type { ZoneStanding } from './zone-standing.ts';

/** A place that other proxies connect to. */
export interface ZoneAddress {
  readonly address: string;
  readonly port: number;
}

/** Services by tag that a zone offers to the others. */
export type AvailableService = NonNullable<ZoneIngressSpec['availableServices']>[number];

/** One address by which another zone is entered. */
export interface ZoneEntrance extends ZoneAddress {
  readonly services: readonly AvailableService[];
}

interface Ingress {
  readonly zone: string;
  readonly entrance: ZoneEntrance;
}

/** What a changed ZoneIngress changed: a zone, and whether it is entered elsewhere now. */
export interface ZoneChange {
  readonly zone: string;
  readonly moved: boolean;
}

/** The own zone, its egresses, and the entrances of all other zones. */
export class ZoneSet {
  /** Empty where it is not known: then there are no others. */
  readonly own: string;
  readonly #ingresses = new Map<string, Ingress>();
  readonly #egresses = new Map<string, ZoneAddress>();
  readonly #entrances = new Map<string, readonly ZoneEntrance[]>();
  readonly #withdrawals = new Map<string, ZoneStanding>();

  constructor(own: string) {
    this.own = own;
  }

  /** Whether a zone is another one. */
  isOther(zone: string): boolean {
    return this.own !== '' && zone !== '' && zone !== this.own;
  }

  /** Other zones that can be entered, in order. */
  get others(): readonly string[] {
    return [...this.#entrances.keys()].sort(compareText);
  }

  /** Entrances of another zone, each address once, by address and port. */
  entrances(zone: string): readonly ZoneEntrance[] {
    return this.#entrances.get(zone) ?? [];
  }

  /** Egresses of the own zone, each address once, by address and port. */
  get egresses(): readonly ZoneAddress[] {
    return distinct([...this.#egresses.values()]);
  }

  /** How another zone is to be used. */
  standing(zone: string): ZoneStanding {
    return this.#withdrawals.get(zone) ?? 'usual';
  }

  /** Sets or removes what was decided about a zone; true where it stands otherwise now. */
  setWithdrawal(zone: string, resource: Resource<ZoneWithdrawalSpec> | undefined): boolean {
    const before = this.standing(zone);
    if (resource === undefined) this.#withdrawals.delete(zone);
    else this.#withdrawals.set(zone, resource.spec.effect);
    return before !== this.standing(zone);
  }

  /** Sets or removes a ZoneIngress. Those of the own zone, and those without an advertised address, are of no use here. */
  setIngress(name: string, resource: Resource<ZoneIngressSpec> | undefined): readonly ZoneChange[] {
    const before = this.#ingresses.get(name);
    const after = resource && readIngress(resource);
    if (after === undefined || !this.isOther(after.zone)) this.#ingresses.delete(name);
    else this.#ingresses.set(name, after);
    return [...new Set([before, after].flatMap((ingress) => (ingress !== undefined && this.isOther(ingress.zone) ? [ingress.zone] : [])))].flatMap((zone) => this.#refresh(zone));
  }

  /** Sets or removes a ZoneEgress; true where the own zone has others now. */
  setEgress(name: string, resource: Resource<ZoneEgressSpec> | undefined): boolean {
    const before = this.egresses;
    const { address = '', port = 0 } = resource?.spec.networking ?? {};
    const zone = resource === undefined ? '' : zoneOf(resource);
    if (address === '' || port === 0 || this.isOther(zone)) this.#egresses.delete(name);
    else this.#egresses.set(name, { address, port });
    return !equalData(before, this.egresses);
  }

  #refresh(zone: string): ZoneChange[] {
    const before = this.entrances(zone);
    // Several ingresses may stand behind one load balancer: the first by name speaks for them.
    const found = [...this.#ingresses].filter(([, ingress]) => ingress.zone === zone).sort(([a], [b]) => compareText(a, b));
    const after = distinct(found.map(([, { entrance }]) => entrance));
    if (after.length === 0) this.#entrances.delete(zone);
    else this.#entrances.set(zone, after);
    return equalData(before, after) ? [] : [{ zone, moved: !equalData(before.map(placeOf), after.map(placeOf)) }];
  }
}

function readIngress(resource: Resource<ZoneIngressSpec>): Ingress | undefined {
  const { advertisedAddress = '', advertisedPort = 0 } = resource.spec.networking ?? {};
  if (advertisedAddress === '' || advertisedPort === 0) return undefined;
  return { zone: zoneOf(resource), entrance: { address: advertisedAddress, port: advertisedPort, services: resource.spec.availableServices ?? [] } };
}

function zoneOf({ spec, labels }: Resource<{ readonly zone?: string | undefined }>): string {
  return spec.zone ?? labels['kuma.io/zone'] ?? '';
}

function placeOf({ address, port }: ZoneAddress): string {
  return `${address} ${port}`;
}

function distinct<T extends ZoneAddress>(list: readonly T[]): readonly T[] {
  const byPlace = new Map<string, T>();
  for (const item of list) if (!byPlace.has(placeOf(item))) byPlace.set(placeOf(item), item);
  return [...byPlace.values()].sort((a, b) => compareText(a.address, b.address) || a.port - b.port);
}
