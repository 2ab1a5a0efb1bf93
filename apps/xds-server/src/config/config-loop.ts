import type { ConfigEngine, ProxyUpdate } from '@weft/config-pipeline';
import type { Clock } from '@weft/kernel';
import type { ProxyClient, ProxyKey } from '@weft/proxy-view';
import type { Change, Resource, Revision } from '@weft/resource-model';

/** A stretch of work ends after this many milliseconds (design §4: no slice over 10 ms), so that streams are served in between. */
const SLICE_MS = 8;

/** The feed's changes are handed to the engine in portions of this size. */
const PORTION = 64;

/** First and longest pause between two runs under churn. */
const HOLD_OFF_MS = 10;
const HOLD_OFF_CAP_MS = 100;

/** Pause after a defect. */
const DEFECT_PAUSE_MS = 1_000;

/** Settings of {@link ConfigLoop}. */
export interface ConfigLoopOptions {
  readonly engine: ConfigEngine;
  readonly clock: Clock;
  /** Called with each new config, in the engine's order. */
  readonly deliver: (update: ProxyUpdate) => void;
  /** Something in the engine or in `deliver` threw: a defect; the loop goes on with the next proxy. */
  readonly onDefect: (caught: unknown) => void;
  /** Every proxy was handed what follows from the feed up to here. */
  readonly onSettled?: (revision: Revision) => void;
}

/**
 * Drives the engine in short slices. The first change after a quiet time is worked on at once; changes that follow
 * closely wait and merge, at most {@link HOLD_OFF_CAP_MS}, and until a group that is half built is done. Connecting
 * proxies never wait.
 */
export class ConfigLoop {
  readonly #options: ConfigLoopOptions;
  #pending: Change[] = [];
  #holdOffMs = HOLD_OFF_MS;
  #holding = false;
  #scheduled = false;
  #stopped = false;
  #head: Revision | undefined;
  #settled: Revision | undefined;

  constructor(options: ConfigLoopOptions) {
    this.#options = options;
  }

  load(resources: readonly Resource[]): void {
    this.#pending = [];
    this.#options.engine.load(resources);
    this.#schedule();
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes) this.#pending.push(change);
    if (!this.#holding) this.#schedule();
  }

  /** What the feed has come to; said before the changes that lead there are applied. */
  get revision(): Revision | undefined {
    return this.#head;
  }

  head(revision: Revision): void {
    this.#head = revision;
    this.#schedule();
  }

  connect(client: ProxyClient): void {
    this.#options.engine.connect(client);
    this.#schedule();
  }

  disconnect(key: ProxyKey): void {
    this.#options.engine.disconnect(key);
  }

  setTlsReady(mesh: string, service: string, ready: boolean): void {
    this.#options.engine.setTlsReady(mesh, service, ready);
    this.#schedule();
  }

  release(proxy: ProxyKey, credentials: string): void {
    this.#options.engine.release(proxy, credentials);
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#slice();
    });
  }

  #slice(): void {
    if (this.#stopped) return;
    const end = performance.now() + SLICE_MS;
    try {
      if (!this.#applyPending(end) || !this.#buildDue(end) || this.#mayApply) this.#schedule();
      else this.#settle();
    } catch (caught) {
      this.#options.onDefect(caught);
      // What failed may fail again: not in a busy loop.
      this.#options.clock.after(DEFECT_PAUSE_MS, () => this.#schedule());
    }
  }

  get #mayApply(): boolean {
    return !this.#holding && this.#pending.length > 0;
  }

  #settle(): void {
    if (this.#pending.length > 0 || this.#head === undefined || this.#head === this.#settled) return;
    this.#settled = this.#head;
    this.#options.onSettled?.(this.#head);
  }

  /** True once nothing is left that may be applied now. */
  #applyPending(end: number): boolean {
    if (!this.#mayApply || this.#options.engine.building) return true;
    while (this.#pending.length > 0) {
      this.#options.engine.apply(this.#pending.splice(0, PORTION));
      if (performance.now() >= end) break;
    }
    if (this.#pending.length > 0) return false;
    this.#hold();
    return true;
  }

  #hold(): void {
    this.#holding = true;
    this.#options.clock.after(this.#holdOffMs, () => {
      this.#holding = false;
      // Quiet until now: the next change is a first one again.
      if (this.#pending.length === 0) {
        this.#holdOffMs = HOLD_OFF_MS;
        return;
      }
      this.#holdOffMs = Math.min(this.#holdOffMs * 2, HOLD_OFF_CAP_MS);
      this.#schedule();
    });
  }

  /** True once nothing is due. */
  #buildDue(end: number): boolean {
    for (;;) {
      const update = this.#options.engine.next();
      if (update === undefined) return true;
      this.#options.deliver(update);
      if (performance.now() >= end) return false;
    }
  }
}
