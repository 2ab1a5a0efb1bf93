import type { NameIndex } from '@weft/dns-server';
import { askForDocument, type DynamicDocument } from '../dynamic-document.ts';
import { emptyNames, readNameTable } from './name-table.ts';

/** An agent that asks for the first time asks again sooner. */
const FIRST_PAUSE_MS = 100;

/** What the poller works with. */
export interface DnsConfigOptions {
  /** Envoy's socket of dynamic configuration. */
  readonly socketPath: string;
  /** Pause between two questions; stock agents pause 1 s. */
  readonly intervalMs: number;
  /** After this long an agent counts as ready although Envoy gave no table. */
  readonly patienceMs: number;
  /** Hears each new table, and why a document cannot be used. */
  readonly onTable: (table: NameIndex) => void;
  readonly onProblem: (why: string) => void;
}

/** Reads `/dns` from Envoy again and again; unchanged documents cost an answer of 304. While Envoy is away, the last table stays. */
export class DnsConfigPoller {
  readonly #options: DnsConfigOptions;
  readonly #startedAt = performance.now();
  #table = emptyNames();
  #etag: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #problem = '';

  constructor(options: DnsConfigOptions) {
    this.#options = options;
    void this.#poll();
  }

  /** The last table that was good; at first one that is not complete. */
  get table(): NameIndex {
    return this.#table;
  }

  /** Whether there is a table, or nobody waits for it any longer. */
  get ready(): boolean {
    return this.#etag !== undefined || performance.now() - this.#startedAt > this.#options.patienceMs;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #poll(): Promise<void> {
    const answer = await askForDocument({ socketPath: this.#options.socketPath, path: '/dns', etag: this.#etag });
    if (this.#closed) return;
    if (answer?.status === 200) this.#take(answer);
    this.#timer = setTimeout(() => void this.#poll(), this.#etag === undefined ? Math.min(FIRST_PAUSE_MS, this.#options.intervalMs) : this.#options.intervalMs);
  }

  #take({ body, etag }: DynamicDocument): void {
    const read = readNameTable(body);
    if (!read.ok) {
      if (this.#problem !== read.error) this.#options.onProblem(read.error);
      this.#problem = read.error;
      return;
    }
    this.#problem = '';
    this.#table = read.value;
    this.#etag = etag ?? '';
    this.#options.onTable(read.value);
  }
}
