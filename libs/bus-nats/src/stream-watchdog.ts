import type { StreamState } from '@nats-io/jetstream';
import type { NatsLink } from './nats-link.ts';
import { isMissing } from './nats-errors.ts';
import { StreamFollower, type FollowOptions } from './stream-follower.ts';

/** How often streams that somebody follows are looked at: one small request per stream. */
const PERIOD_MS = 500;

/** All followers of one connection, and the one place that notices when one of them has gone deaf. */
export class StreamWatchdog {
  readonly #link: NatsLink;
  readonly #followers = new Set<StreamFollower>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(link: NatsLink) {
    this.#link = link;
    // Consumers may not have survived what ended the connection.
    link.onStatus((status) => {
      if (status === 'connected') for (const follower of this.#followers) void follower.reopen();
    });
  }

  /** Opens a follower; close it with the function returned. */
  async follow(options: FollowOptions): Promise<() => Promise<void>> {
    const follower: StreamFollower = new StreamFollower(this.#link, {
      ...options,
      onGone: (reason) => {
        this.#followers.delete(follower);
        options.onGone(reason);
      },
    });
    await this.#link.call(`reading stream ${options.stream}`, () => follower.open());
    this.#followers.add(follower);
    this.#schedule();
    return () => {
      this.#followers.delete(follower);
      return follower.close().catch(() => undefined);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.allSettled([...this.#followers].map((follower) => follower.close()));
    this.#followers.clear();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#closed || this.#followers.size === 0) return;
    this.#timer = setTimeout(() => {
      void this.#look().finally(() => {
        this.#timer = undefined;
        this.#schedule();
      });
    }, PERIOD_MS);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    if (this.#link.status === 'disconnected') return;
    const streams = new Set([...this.#followers].map((follower) => follower.stream));
    await Promise.all([...streams].map((stream) => this.#check(stream)));
  }

  async #check(stream: string): Promise<void> {
    const asked = [...this.#followers].filter((follower) => follower.stream === stream).map((follower) => ({ follower, seen: follower.seen }));
    let state: StreamState | undefined;
    try {
      state = (await this.#link.manager.streams.info(stream)).state;
    } catch (caught) {
      // No answer says nothing about the stream (an election, say): the next look tells.
      if (!isMissing(caught)) return;
    }
    await Promise.all(asked.map(({ follower, seen }) => follower.check(state, seen)));
  }
}
