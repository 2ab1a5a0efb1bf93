import { compareText, equalData } from '@weft/kernel';
import type { ZoneAddress } from './zone-set.ts';

interface Held extends ZoneAddress {
  readonly zone: string;
}

/** Addresses that other zones have for one mesh (MeshZoneAddress), by zone. */
export class ZoneAddresses {
  readonly #held = new Map<string, Held>();

  get empty(): boolean {
    return this.#held.size === 0;
  }

  /** Addresses of a zone, each once, by address and port. */
  of(zone: string): readonly ZoneAddress[] {
    const places = new Map([...this.#held.values()].filter((held) => held.zone === zone).map(({ address, port }) => [`${address} ${port}`, { address, port }]));
    return [...places.values()].sort((a, b) => compareText(a.address, b.address) || a.port - b.port);
  }

  /** Sets or removes one by its name: gives zones with other addresses now; `known`: it had none, or has none any more. */
  set(name: string, address: Held | undefined): readonly { readonly zone: string; readonly known: boolean }[] {
    const zones = [...new Set([this.#held.get(name), address].flatMap((held) => held?.zone ?? []))];
    const before = zones.map((zone) => this.of(zone));
    if (address === undefined) this.#held.delete(name);
    else this.#held.set(name, address);
    return zones.flatMap((zone, at) => {
      const [was, is] = [before[at] ?? [], this.of(zone)];
      return equalData(was, is) ? [] : [{ zone, known: (was.length === 0) !== (is.length === 0) }];
    });
  }
}
