import { MeshError, type Clock, type Json } from '@weft/kernel';
import type { RequestOptions, Requests, Subscription } from '@weft/bus';

type Handler = (payload: Json) => Promise<Json>;

const DEFAULT_DEADLINE_MS = 5_000;

/** Requests within this process; members of a queue group take turns. */
export class MemoryRequests implements Requests {
  readonly #clock: Clock;
  readonly #members = new Map<string, Handler[]>();
  #turn = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async request(subject: string, payload: Json, options: RequestOptions = {}): Promise<Json> {
    const members = this.#members.get(subject) ?? [];
    const handler = members[this.#turn++ % Math.max(1, members.length)];
    if (handler === undefined) throw new MeshError('bus/unavailable', `nobody serves "${subject}"; is the app that does so running?`);
    // The handler starts after the asking code has run on, as it does over a network.
    await Promise.resolve();
    const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
    return new Promise<Json>((resolve, reject) => {
      const cancel = this.#clock.after(deadlineMs, () => reject(new MeshError('bus/deadline', `no answer to "${subject}" within ${deadlineMs} ms`)));
      handler(payload)
        .then(resolve, (caught: unknown) => reject(MeshError.from(caught)))
        .finally(cancel);
    });
  }

  async serve(subject: string, _queue: string, handler: Handler): Promise<Subscription> {
    const members = this.#members.get(subject) ?? [];
    this.#members.set(subject, [...members, handler]);
    return {
      close: async () => {
        const left = (this.#members.get(subject) ?? []).filter((other) => other !== handler);
        if (left.length === 0) this.#members.delete(subject);
        else this.#members.set(subject, left);
      },
    };
  }
}
