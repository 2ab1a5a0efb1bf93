import { ask, REQUESTS, type Requests, type SyncApply, type SyncHeld, type SyncPeer } from '@weft/bus';
import type { SyncItem } from '@weft/kds-core';

/** Settings of {@link PeerResources.load}. */
export interface PeerResourcesOptions {
  readonly bus: Requests;
  readonly from: SyncPeer;
  /** Names of the types that the peer sends. */
  readonly types: readonly string[];
  /** App and instance, for the store's log. */
  readonly writer: string;
  /** The lease under which the sync runs; a write is refused once it has passed on. */
  readonly fence?: NonNullable<SyncApply['fence']>;
  /** A response was stored: why which resources of its type are refused now, by wire name. */
  readonly onKept?: (type: string, refused: ReadonlyMap<string, string>) => void;
}

/** A message of the bus holds 1 MiB: a resource of 512 KiB fits in base64. */
const BYTES_PER_REQUEST = 512 * 1024;
const NAMES_PER_REQUEST = 500;
/** A store that is busy is not lost. */
const DEADLINE_MS = 30_000;

/** What this control plane holds of a peer's resources: kept in its store, known here by wire name and version. */
export class PeerResources {
  readonly #options: PeerResourcesOptions;
  readonly #held = new Map<string, Map<string, string>>();
  /** By type, what was refused last, by wire name, and why. */
  readonly #refused = new Map<string, Map<string, string>>();

  private constructor(options: PeerResourcesOptions) {
    this.#options = options;
  }

  /** Reads what is held. Throws what the bus throws. */
  static async load(options: PeerResourcesOptions): Promise<PeerResources> {
    const resources = new PeerResources(options);
    await Promise.all(options.types.map((type) => resources.#read(type)));
    return resources;
  }

  /** Wire name to version, for a `SyncReceiver`. */
  held(type: string): ReadonlyMap<string, string> {
    return this.#namesOf(type);
  }

  /** Whether a resource of this name came and could not be kept. */
  wasRefused(type: string, name: string): boolean {
    return this.#refused.get(type)?.has(name) === true;
  }

  /** Keeps and drops what a response says; durable when this resolves. Gives why some of it was refused. Throws where the store did not take it. */
  async apply({ type, items, removed }: { readonly type: string; readonly items: readonly SyncItem[]; readonly removed: readonly string[] }): Promise<string | undefined> {
    const refused: string[] = [];
    // Removals first: a name that is free again may be taken by what follows.
    for (const names of inParts(removed, () => 0)) await this.#send(type, { items: [], removed: names });
    for (const part of inParts(items, ({ body }) => body.length)) refused.push(...(await this.#send(type, { items: part, removed: [] })));
    this.#options.onKept?.(type, this.#refusedOf(type));
    return refused.length === 0 ? undefined : inWords(refused);
  }

  async #send(type: string, { items, removed }: { readonly items: readonly SyncItem[]; readonly removed: readonly string[] }): Promise<readonly string[]> {
    const { bus, from, writer, fence } = this.#options;
    const encoded = items.map(({ name, version, body }) => ({ name, version, body: Buffer.from(body).toString('base64') }));
    const { rejected } = await ask(bus, REQUESTS.syncApply, { from, type, items: encoded, removed, writer, ...(fence && { fence }) }, { deadlineMs: DEADLINE_MS });
    const names = this.#namesOf(type);
    const refused = this.#refusedOf(type);
    // What a user error begins with is known to other control planes, and it names the resource.
    const reasons = rejected.map(({ name, reason }) => [name, reason.startsWith('user error') ? reason : `${type} ${name}: ${reason}`] as const);
    for (const name of [...items.map((item) => item.name), ...removed]) refused.delete(name);
    for (const [name, reason] of reasons) refused.set(name, reason);
    for (const { name, version } of items) if (!refused.has(name)) names.set(name, version);
    for (const name of removed) names.delete(name);
    return reasons.map(([, reason]) => reason);
  }

  async #read(type: string): Promise<void> {
    const { bus, from } = this.#options;
    const names = this.#namesOf(type);
    let next: SyncHeld['more'] = '';
    while (next !== undefined) {
      const answer: SyncHeld = await ask(bus, REQUESTS.syncHeld, { from, type, after: next }, { deadlineMs: DEADLINE_MS });
      for (const [name, version] of answer.held) names.set(name, version);
      next = answer.more;
    }
  }

  #refusedOf(type: string): Map<string, string> {
    const refused = this.#refused.get(type) ?? new Map<string, string>();
    this.#refused.set(type, refused);
    return refused;
  }

  #namesOf(type: string): Map<string, string> {
    const names = this.#held.get(type) ?? new Map<string, string>();
    this.#held.set(type, names);
    return names;
  }
}

/** Parts that each fit a message; none where there is nothing. */
function inParts<T>(all: readonly T[], bytesOf: (one: T) => number): readonly (readonly T[])[] {
  const parts: T[][] = [];
  let bytes = Infinity;
  for (const one of all) {
    const size = bytesOf(one);
    const part = parts.at(-1);
    if (part === undefined || bytes + size > BYTES_PER_REQUEST || part.length >= NAMES_PER_REQUEST) {
      parts.push([one]);
      bytes = size;
    } else {
      part.push(one);
      bytes += size;
    }
  }
  return parts;
}

const REASONS_TOLD = 10;

function inWords(reasons: readonly string[]): string {
  const rest = reasons.length - REASONS_TOLD;
  return [...reasons.slice(0, REASONS_TOLD), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}
