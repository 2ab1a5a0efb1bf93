import { templateDomain } from '@weft/dns-core';
import { canonicalName, NameIndex, type Lookup } from '@weft/dns-server';
import { compareText, equalData } from '@weft/kernel';
import { externalHostname, resourceId, type Change, type ExternalServiceSpec, type HostnameGeneratorSpec, type Resource, type ResourceId, type VirtualIpSpec } from '@weft/resource-model';
import { kindOf, type ServiceStatus } from './service-kinds.ts';

/** Seconds; as beside the applications. Addresses outlive their last use by minutes. */
const TTL_S = 30;
/** A name that is not there may come at any time. */
const NEGATIVE_TTL_S = 5;
/** Where names of MeshServices are by default. */
const DEFAULT_DOMAIN = 'mesh.local';

interface Held {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

/**
 * What the DNS server knows, from the feed: names in the statuses of services, and those of VirtualIps. A name that several
 * have belongs to a service before a VirtualIp, and to the first by mesh and name: every replica says the same. Work follows what changed.
 * Own names of servers outside are none of them: only beside applications do these lead elsewhere, and proxies must find the servers.
 */
export class ServedNames {
  readonly #domain: string;
  readonly #index = new NameIndex({ ttl: TTL_S, negativeTtl: NEGATIVE_TTL_S });
  readonly #held = new Map<ResourceId, Held>();
  readonly #holders = new Map<string, Set<ResourceId>>();
  readonly #domains = new Map<string, string | undefined>();
  readonly #outside = new Map<ResourceId, string>();
  /** Names that servers outside have, or had while there is a VirtualIp for them. */
  readonly #hidden = new Set<string>();
  #changes = 0;

  /** `domain`: that of services by tag, e.g. `mesh`. */
  constructor(domain: string) {
    this.#domain = domain;
    this.#setDomains();
  }

  /** Names that have addresses. */
  get size(): number {
    return this.#index.size;
  }

  /** How many names changes have touched so far. */
  get changes(): number {
    return this.#changes;
  }

  lookup(name: string): Lookup {
    return this.#index.lookup(name);
  }

  /** Takes a change of the feed. */
  apply(change: Change): void {
    const key = change.op === 'put' ? change.resource : change.key;
    const resource = change.op === 'put' ? change.resource : undefined;
    if (key.type === 'HostnameGenerator') this.#setGenerator(key.name, resource as Resource<HostnameGeneratorSpec> | undefined);
    else if (key.type === 'ExternalService') this.#setOutside(resourceId(key), resource && externalHostname(resource.spec as ExternalServiceSpec));
    else if (key.type === 'VirtualIp' || kindOf(key.type) !== undefined) this.#hold(resourceId(key), resource && heldBy(resource));
  }

  /** Forgets what a snapshot does not name. */
  retain(present: ReadonlySet<ResourceId>): void {
    for (const id of [...this.#held.keys()]) if (!present.has(id)) this.#hold(id, undefined);
    for (const id of [...this.#outside.keys()]) if (!present.has(id)) this.#setOutside(id, undefined);
    for (const name of [...this.#domains.keys()]) if (!present.has(resourceId({ type: 'HostnameGenerator', mesh: '', name }))) this.#setGenerator(name, undefined);
  }

  /** A snapshot was taken in: what is not known from now on does not exist. */
  complete(): void {
    this.#index.complete();
  }

  #setGenerator(name: string, resource: Resource<HostnameGeneratorSpec> | undefined): void {
    if (resource === undefined) this.#domains.delete(name);
    else this.#domains.set(name, templateDomain(resource.spec.template ?? ''));
    this.#setDomains();
  }

  #setDomains(): void {
    this.#index.setDomains([this.#domain, DEFAULT_DOMAIN, ...[...this.#domains.values()].filter((domain) => domain !== undefined)]);
  }

  #setOutside(id: ResourceId, host: string | undefined): void {
    const before = this.#outside.get(id);
    const name = host === undefined ? undefined : canonicalName(host);
    if (name === undefined) this.#outside.delete(id);
    else this.#outside.set(id, name);
    for (const one of new Set([before, name])) {
      if (one === undefined) continue;
      this.#hidden.add(one);
      this.#show(one);
    }
  }

  #hold(id: ResourceId, held: Held | undefined): void {
    const before = this.#held.get(id);
    // Most changes of a status are about other things.
    if (equalData(before, held)) return;
    if (held === undefined) this.#held.delete(id);
    else this.#held.set(id, held);
    for (const name of before?.names ?? []) this.#holders.get(name)?.delete(id);
    for (const name of held?.names ?? []) this.#holders.set(name, (this.#holders.get(name) ?? new Set<ResourceId>()).add(id));
    for (const name of new Set([...before?.names ?? [], ...held?.names ?? []])) this.#show(name);
  }

  #show(name: string): void {
    this.#changes += 1;
    const [first] = [...this.#holders.get(name) ?? []].sort((a, b) => Number(isVip(a)) - Number(isVip(b)) || compareText(a, b));
    if (first === undefined) this.#holders.delete(name);
    if (first === undefined && ![...this.#outside.values()].includes(name)) this.#hidden.delete(name);
    const addresses = first === undefined || (isVip(first) && this.#hidden.has(name)) ? undefined : this.#held.get(first)?.addresses;
    if (addresses === undefined) this.#index.delete(name);
    else this.#index.set(name, addresses);
  }
}

function isVip(id: ResourceId): boolean {
  return id.startsWith('VirtualIp/');
}

/** Undefined where it has no name, or no address yet. */
function heldBy(resource: Resource): Held | undefined {
  const kind = kindOf(resource.type);
  if (kind === undefined) {
    const { hostname } = resource.spec as VirtualIpSpec;
    return hostname === '' ? undefined : { names: [canonicalName(hostname)], addresses: [resource.name] };
  }
  const status = (resource.status ?? {}) as ServiceStatus;
  const address = kind.addressIn(status);
  const names = (status.addresses ?? []).map(({ hostname }) => canonicalName(hostname));
  return address === undefined || names.length === 0 ? undefined : { names: [...new Set(names)], addresses: [address] };
}
