import type { SyncNode, SyncRequest, SyncResponse } from '@weft/kds-core';
import type { Clock } from '@weft/kernel';
import type { Logger } from '@weft/service-runtime';
import type { SendingWatch } from '../sending-end.ts';
import type { KdsSubscription } from './kds-subscription.ts';

/** Settings of {@link SubscriptionWatch}. */
export interface SubscriptionWatchOptions {
  readonly zone: string;
  readonly subscription: KdsSubscription;
  readonly clock: Clock;
  readonly log: Logger;
}

const NAMES_LOGGED = 10;
/** Stands for all resources of a type. */
const ALL = '*';

/** Keeps in a zone's subscription what became of what it was sent. */
export class SubscriptionWatch implements SendingWatch {
  readonly #options: SubscriptionWatchOptions;
  /** By nonce, the names of a response that may be among those that were refused before. */
  readonly #retried = new Map<string, readonly string[]>();

  constructor(options: SubscriptionWatchOptions) {
    this.#options = options;
  }

  described(node: SyncNode | undefined): void {
    this.#options.subscription.describe(node);
  }

  sent({ type, nonce, resources, removed }: SyncResponse): void {
    const { subscription } = this.#options;
    const refused = subscription.refusedNames(type);
    const again = refused.size === 0 ? [] : [ALL, ...resources.map(({ name }) => name), ...removed].filter((name) => refused.has(name));
    if (again.length > 0) this.#retried.set(nonce, again);
    subscription.count(type, 'sent', this.#now());
  }

  answered({ type, nonce, error }: Pick<SyncRequest, 'type' | 'nonce' | 'error'>): void {
    const { subscription } = this.#options;
    subscription.count(type, error === undefined ? 'acknowledged' : 'rejected', this.#now());
    if (error === undefined) subscription.accepted(type, this.#retried.get(nonce) ?? []);
    this.#retried.delete(nonce);
  }

  refused(type: string, names: readonly string[], reason: string): void {
    const { log, subscription, zone } = this.#options;
    subscription.refused(type, names, { time: this.#now(), message: reason });
    log.warn({ zone, type, names: names.slice(0, NAMES_LOGGED), reason }, 'a zone refused resources');
  }

  tooLarge(type: string, bytes: number, reason: string): void {
    const { log, subscription, zone } = this.#options;
    subscription.refused(type, [ALL], { time: this.#now(), message: reason });
    log.error({ zone, type, bytes }, reason);
  }

  #now(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }
}
