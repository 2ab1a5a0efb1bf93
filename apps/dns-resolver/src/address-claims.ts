import { allocateVip, type VipPool } from '@weft/dns-core';
import { compareText, ok, type Result } from '@weft/kernel';
import type { ResourceId } from '@weft/resource-model';

/** Which resource has which address: from the feed, and claims that are planned and not yet seen there. */
export class AddressClaims {
  /** By address; undefined owns names of the other kind, which have no resource. */
  readonly #owners = new Map<string, ResourceId | undefined>();
  /** Of the VirtualIps that say so. */
  readonly #versions = new Map<string, number>();
  readonly #of = new Map<ResourceId, Set<string>>();
  readonly #planned = new Map<ResourceId, string>();

  /** The store says that an address has this owner. */
  put(address: string, owner: ResourceId | undefined, version?: number): void {
    this.remove(address);
    this.#owners.set(address, owner);
    if (version !== undefined) this.#versions.set(address, version);
    if (owner === undefined) return;
    this.#of.set(owner, (this.#of.get(owner) ?? new Set()).add(address));
    if (this.#planned.get(owner) === address) this.#planned.delete(owner);
  }

  /** An address is free. Gives who had it. */
  remove(address: string): ResourceId | undefined {
    const owner = this.#owners.get(address);
    this.#owners.delete(address);
    this.#versions.delete(address);
    if (owner === undefined) return undefined;
    this.#of.get(owner)?.delete(address);
    if (this.#of.get(owner)?.size === 0) this.#of.delete(owner);
    if (this.#planned.get(owner) === address) this.#planned.delete(owner);
    return owner;
  }

  /** Who has an address. */
  ownerOf(address: string): ResourceId | undefined {
    return this.#owners.get(address);
  }

  /** Version of the VirtualIp of an address; undefined where it is not stored yet. */
  versionOf(address: string): number | undefined {
    return this.#versions.get(address);
  }

  get addresses(): Iterable<string> {
    return this.#owners.keys();
  }

  /** Addresses of a resource; more than one only after a race of writers. */
  of(owner: ResourceId): readonly string[] {
    return [...(this.#of.get(owner) ?? [])].sort(compareText);
  }

  /** The address that a resource has, or one that is claimed for it now (then `isNew`). An error says why there is none. */
  claim(owner: ResourceId, pool: VipPool): Result<{ readonly address: string; readonly isNew: boolean }, string> {
    const [known] = this.of(owner);
    if (known !== undefined) return ok({ address: known, isNew: this.#planned.get(owner) === known });
    const found = allocateVip(pool, owner, this.#owners);
    if (!found.ok) return found;
    this.put(found.value, owner);
    this.#planned.set(owner, found.value);
    return ok({ address: found.value, isNew: true });
  }

  /** A planned claim came to nothing. */
  withdraw(owner: ResourceId): void {
    const address = this.#planned.get(owner);
    if (address !== undefined) this.remove(address);
  }
}
