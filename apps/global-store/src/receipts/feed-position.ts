import { BUCKETS, type Bus, type Subscription } from '@weft/bus';
import type { Json } from '@weft/kernel';

/** Where the feed stands, for those who wait for any change of the resources. */
export class FeedPosition {
  readonly #listeners = new Set<() => void>();
  #subscription: Subscription | undefined;
  #cursor = '';

  /** Watches the feed's head mark. */
  static async start(bus: Bus): Promise<FeedPosition> {
    const position = new FeedPosition();
    const heads = await bus.bucket(BUCKETS.feedHead.name);
    position.#subscription = await heads.watch(({ value }) => position.#take(value));
    return position;
  }

  /** Differs after any committed write. Empty before the first. */
  get cursor(): string {
    return this.#cursor;
  }

  /** Calls back after any change; gives the way to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.#subscription?.close();
  }

  #take(value: Json | undefined): void {
    const { epoch = '', n = 0 } = (value ?? {}) as { readonly epoch?: string; readonly n?: number };
    const cursor = `${epoch}.${n}`;
    if (cursor === this.#cursor) return;
    this.#cursor = cursor;
    for (const listener of this.#listeners) listener();
  }
}
