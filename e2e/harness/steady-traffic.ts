import { httpGet, type HttpAnswer } from './http-app.ts';

/** Requests that follow each other without a pause until `stop`, and what became of them. */
export class SteadyTraffic {
  readonly #url: string;
  readonly #lost: HttpAnswer[] = [];
  readonly #workers: Promise<void>[];
  #sent = 0;
  #stopped = false;

  constructor(url: string, options: { readonly workers?: number } = {}) {
    this.#url = url;
    this.#workers = Array.from({ length: options.workers ?? 4 }, () => this.#work());
  }

  /** Requests that are answered, whatever the answer. */
  get sent(): number {
    return this.#sent;
  }

  /** Answers other than 200 so far. */
  get lost(): readonly string[] {
    return this.#lost.map(({ status, headers, body }) => `${status} ${body.slice(0, 120)} ${String(headers['server'] ?? '')}`);
  }

  /** Ends the requests and gives the answers that were not 200. */
  async stop(): Promise<readonly string[]> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    return this.lost;
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const answer = await httpGet(this.#url);
      this.#sent++;
      if (answer.status !== 200) this.#lost.push(answer);
    }
  }
}
