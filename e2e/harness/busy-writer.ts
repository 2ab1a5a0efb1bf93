import type { ApiClient } from '@weft/api-client';
import { until } from './processes.ts';

/** Writes (`content`), or deletes (undefined), what a name stands for; rejects where that was not acknowledged. */
export type WriteOne = (name: string, content: number | undefined) => Promise<void>;

/** Writes MeshTimeouts that select no proxy; `content` is a label. */
export function timeoutsOf(api: ApiClient): WriteOne {
  return async (name, content) => {
    const path = `/meshes/default/meshtimeouts/${name}`;
    if (content === undefined) await api.delete(path);
    else await api.put(path, { type: 'MeshTimeout', mesh: 'default', name, labels: { content: String(content) }, spec: { targetRef: { kind: 'MeshSubset', tags: { none: 'such' } }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '3s' } }] } });
  };
}

/** Writes Dataplanes of a service that nobody calls; `content` is the end of the address. */
export function dataplanesOf(api: ApiClient): WriteOne {
  return async (name, content) => {
    const path = `/meshes/default/dataplanes/${name}`;
    if (content === undefined) await api.delete(path);
    else await api.put(path, { type: 'Dataplane', mesh: 'default', name, networking: { address: `10.0.0.${content}`, inbound: [{ port: 80, tags: { 'kuma.io/service': 'idle' } }] } });
  };
}

/** Name to content, sorted, of those that a {@link BusyWriter} wrote by way of {@link timeoutsOf} or {@link dataplanesOf}, under the names that people gave them. */
export async function writtenOf(api: ApiClient, collection: 'meshtimeouts' | 'dataplanes', prefix = PREFIX): Promise<Readonly<Record<string, string | undefined>>> {
  const found: [string, string | undefined][] = [];
  for await (const item of api.listAll(`/meshes/default/${collection}`)) {
    const { name, labels, networking } = item as unknown as Written;
    found.push([labels?.['kuma.io/display-name'] ?? name, networking === undefined ? labels?.['content'] : networking.address.split('.').at(-1)]);
  }
  return Object.fromEntries(found.filter(([name]) => name.startsWith(prefix)).sort());
}

interface Written {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly networking?: { readonly address: string };
}

/** Settings of a {@link BusyWriter}. */
export interface BusyWriterOptions {
  /** Begins each name. Default: {@link PREFIX}. */
  readonly prefix?: string;
  /** Between two writes. Default: 0. */
  readonly pauseMs?: number;
}

/** Begins the names of what is written. */
export const PREFIX = 'w-';
const NAMES = 12;
const PAUSE_AFTER_FAILURE_MS = 50;

/**
 * Writes without end while control planes go and come, and remembers what was acknowledged. Each write is repeated until it is,
 * so the last one of a name is what must be found.
 */
export class BusyWriter {
  readonly #write: WriteOne;
  readonly #options: BusyWriterOptions;
  readonly #acknowledged = new Map<string, string | undefined>();
  readonly #done: Promise<void>;
  #count = 0;
  #running = true;
  #abandoned = false;

  constructor(write: WriteOne, options: BusyWriterOptions = {}) {
    this.#write = write;
    this.#options = options;
    this.#done = this.#run();
  }

  /** Name to content, sorted, of what must be there after `stop`. */
  get present(): Readonly<Record<string, string | undefined>> {
    return Object.fromEntries([...this.#acknowledged].filter(([, content]) => content !== undefined).sort());
  }

  /** Waits until further writes are acknowledged. */
  async goesOn(writes = NAMES): Promise<void> {
    const before = this.#count;
    await until('writes are acknowledged', async () => this.#count >= before + writes);
  }

  /** Ends once the write that is under way is acknowledged. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  /** Ends at once, where nobody may be there any more to acknowledge anything; `present` says nothing then. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    await this.stop();
  }

  async #run(): Promise<void> {
    const { prefix = PREFIX, pauseMs = 0 } = this.#options;
    for (; this.#running; this.#count++) {
      const name = `${prefix}${this.#count % NAMES}`;
      const content = this.#count % 5 === 4 ? undefined : 1 + (this.#count % 200);
      await this.#untilAcknowledged(name, content);
      this.#acknowledged.set(name, content === undefined ? undefined : String(content));
      if (pauseMs > 0) await pause(pauseMs);
    }
  }

  async #untilAcknowledged(name: string, content: number | undefined): Promise<void> {
    for (;;) {
      try {
        return await this.#write(name, content);
      } catch {
        if (this.#abandoned) return;
        await pause(PAUSE_AFTER_FAILURE_MS);
      }
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
