import { askForDocument } from '../dynamic-document.ts';

/** So many questions without an answer mean that Envoy has no documents at all any more, or is away. */
const MOST_SILENCES = 3;

/** What a poller works with. */
export interface DocumentPollerOptions {
  /** Envoy's socket of dynamic configuration. */
  readonly socketPath: string;
  /** Such as `/meshmetric`. */
  readonly path: string;
  /** Pause between two questions. */
  readonly intervalMs: number;
  /** Hears each new document; undefined where there is none any more. */
  readonly onDocument: (body: string | undefined) => void;
}

/** Reads a document from Envoy again and again; an unchanged one costs an answer of 304. A short silence changes nothing. */
export class DocumentPoller {
  readonly #options: DocumentPollerOptions;
  #etag: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #silences = 0;

  constructor(options: DocumentPollerOptions) {
    this.#options = options;
    void this.#poll();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #poll(): Promise<void> {
    const { socketPath, path } = this.#options;
    const answer = await askForDocument({ socketPath, path, etag: this.#etag });
    if (this.#closed) return;
    this.#silences = answer === undefined ? this.#silences + 1 : 0;
    const gone = answer?.status === 404 || this.#silences >= MOST_SILENCES;
    if (answer?.status === 200) this.#take(answer.body, answer.etag ?? '');
    else if (gone && this.#etag !== undefined) this.#take(undefined, undefined);
    this.#timer = setTimeout(() => void this.#poll(), this.#options.intervalMs);
  }

  #take(body: string | undefined, etag: string | undefined): void {
    this.#etag = etag;
    this.#options.onDocument(body);
  }
}
