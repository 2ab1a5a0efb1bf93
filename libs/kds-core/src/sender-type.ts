import type { SyncItem, SyncResponse } from './sync-message.ts';
import type { SyncSource } from './sync-sender.ts';

/** Wire name to version of what a refused response held; a removed resource has the empty version. */
export type NackedVersions = ReadonlyMap<string, string>;

/** Settings of {@link SenderType}. */
export interface SenderTypeOptions {
  readonly maxResponseBytes: number;
  readonly weftPeer: boolean;
  /** What the peer holds already; counts only between Weft peers. */
  readonly initialVersions: ReadonlyMap<string, string>;
}

/** A response without its sender, or that the state is too large for one. */
export type NextOfType =
  | { readonly kind: 'send'; readonly response: Omit<SyncResponse, 'sender'> }
  | { readonly kind: 'too-large'; readonly type: string; readonly bytes: number };

interface Batch {
  readonly items: SyncItem[];
  readonly removed: string[];
  bytes: number;
}

/** What one peer has of one type, and what it still lacks. */
export class SenderType {
  readonly name: string;
  readonly #source: SyncSource;
  readonly #options: SenderTypeOptions;
  /** Wire name to version of what the peer was sent, or said to hold. A refused version stays here, so it is not sent again. */
  readonly #sent: Map<string, string>;
  /** Names that may differ from what was sent. */
  readonly #pending: Set<string>;
  #waiting: { readonly nonce: string; readonly versions: NackedVersions } | undefined;
  #resting = false;
  /** Nothing was answered yet: the next response goes out even if it is empty. */
  #fresh = true;

  constructor(name: string, source: SyncSource, options: SenderTypeOptions) {
    this.name = name;
    this.#source = source;
    this.#options = options;
    this.#sent = new Map(options.weftPeer ? options.initialVersions : []);
    this.#pending = new Set([...(source.names(name) ?? []), ...this.#sent.keys()]);
  }

  isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  changed(names: readonly string[]): void {
    for (const name of names) this.#pending.add(name);
  }

  wake(): void {
    this.#resting = false;
  }

  /** Takes an answer; what the answered response held, or undefined where it answers another one. */
  answered(nonce: string, error: string | undefined): NackedVersions | undefined {
    if (this.#waiting?.nonce !== nonce) return undefined;
    const { versions } = this.#waiting;
    this.#waiting = undefined;
    this.#resting = error !== undefined;
    return versions;
  }

  /** The response that is due now, if any. */
  next(nonce: () => string): NextOfType | undefined {
    if (this.#waiting !== undefined || this.#resting) return undefined;
    const batch = this.#collect();
    const whole = this.#fresh && !this.#options.weftPeer;
    if (whole && batch.bytes > this.#options.maxResponseBytes) return this.#tooLarge(batch.bytes);
    if (batch.items.length + batch.removed.length === 0 && !this.#fresh) return undefined;
    return { kind: 'send', response: this.#sending(batch, nonce()) };
  }

  /** Takes names from those pending until the response is full; the whole state, which a stock peer needs in one, has no limit. */
  #collect(): Batch {
    const batch: Batch = { items: [], removed: [], bytes: 0 };
    const limit = this.#fresh && !this.#options.weftPeer ? Infinity : this.#options.maxResponseBytes;
    for (const name of this.#pending) {
      const item = this.#source.item(this.name, name);
      const size = item?.body.length ?? 0;
      if (batch.items.length > 0 && batch.bytes + size > limit) break;
      this.#pending.delete(name);
      if (item === undefined && this.#sent.has(name)) batch.removed.push(name);
      if (item === undefined || item.version === this.#sent.get(name)) continue;
      batch.items.push(item);
      batch.bytes += size;
    }
    return batch;
  }

  #tooLarge(bytes: number): NextOfType | undefined {
    // Asked again at the next change, which may have made it smaller.
    for (const name of this.#source.names(this.name) ?? []) this.#pending.add(name);
    return { kind: 'too-large', type: this.name, bytes };
  }

  #sending({ items, removed }: Batch, nonce: string): Omit<SyncResponse, 'sender'> {
    for (const { name, version } of items) this.#sent.set(name, version);
    for (const name of removed) this.#sent.delete(name);
    this.#waiting = { nonce, versions: new Map([...items.map(({ name, version }) => [name, version] as const), ...removed.map((name) => [name, ''] as const)]) };
    this.#fresh = false;
    const scope = !this.#options.weftPeer ? 'stock' : this.#pending.size > 0 ? 'part' : 'last';
    return { type: this.name, nonce, scope, resources: items, removed };
  }
}
