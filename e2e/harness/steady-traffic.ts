import { setTimeout as pause } from 'node:timers/promises';
import { httpGet, type HttpAnswer } from './http-app.ts';
import { until } from './processes.ts';

/** Of paced requests: sent in one go, and not answered yet. */
const [MOST_AT_ONCE, MOST_UNDER_WAY] = [20, 500];

/** Requests until `stop`, and what became of them: one after the other by each of `workers` (4), `pauseMs` (0) after each answer, or `perSecond` of them, whether the ones before were answered or not. */
export class SteadyTraffic {
  readonly #url: string;
  readonly #lost: (HttpAnswer & { readonly sentAt: number; readonly took: number })[] = [];
  readonly #begin = performance.now();
  readonly #workers: readonly Promise<void>[];
  #sent = 0;
  #stopped = false;

  constructor(url: string, { workers = 4, pauseMs = 0, perSecond }: { readonly workers?: number; readonly pauseMs?: number; readonly perSecond?: number } = {}) {
    this.#url = url;
    this.#workers = perSecond === undefined ? Array.from({ length: workers }, () => this.#work(pauseMs)) : [this.#pace(1000 / perSecond)];
  }

  /** Requests that are answered, whatever the answer. */
  get sent(): number {
    return this.#sent;
  }

  /** Answers other than 200 so far. */
  get lost(): readonly string[] {
    return this.#lost.map(({ status, headers, body, sentAt, took }) => `${status} ${body.slice(0, 120)} ${String(headers['server'] ?? '')} (sent at ${Math.round(sentAt - this.#begin)} ms, answered after ${Math.round(took)} ms)`);
  }

  /** Waits until more than so many further requests are answered. */
  async goesOn(requests: number): Promise<void> {
    const seen = this.#sent;
    await until('requests go on', async () => this.#sent > seen + requests);
  }

  /** Ends the requests and gives the answers that were not 200. */
  async stop(): Promise<readonly string[]> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    return this.lost;
  }

  async #work(pauseMs: number): Promise<void> {
    while (!this.#stopped) {
      await this.#ask();
      if (pauseMs > 0) await pause(pauseMs);
    }
  }

  /** What a busy process or proxy could not take in time is left out: sent at once, it would be a burst. */
  async #pace(intervalMs: number): Promise<void> {
    const underWay = new Set<Promise<void>>();
    let next = performance.now();
    while (!this.#stopped) {
      for (let burst = 0; burst < MOST_AT_ONCE && underWay.size < MOST_UNDER_WAY && next <= performance.now(); burst++, next += intervalMs) {
        const asked = this.#ask().finally(() => underWay.delete(asked));
        underWay.add(asked);
      }
      next = Math.max(next, performance.now() - intervalMs);
      await pause(intervalMs);
    }
    await Promise.all(underWay);
  }

  async #ask(): Promise<void> {
    const sentAt = performance.now();
    const answer = await httpGet(this.#url);
    this.#sent++;
    if (answer.status !== 200) this.#lost.push({ ...answer, sentAt, took: performance.now() - sentAt });
  }
}
