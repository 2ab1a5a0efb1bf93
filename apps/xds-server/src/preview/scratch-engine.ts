import { setImmediate as turn } from 'node:timers/promises';
import { createConfigEngine, type ConfigEngine, type ProxyConfig } from '@weft/config-pipeline';
import type { ProxyClient, ProxyKey } from '@weft/proxy-view';
import type { Change, Resource } from '@weft/resource-model';

/** Streams are served in between stretches of this length. */
const SLICE_MS = 8;
/** Changes are applied in portions of this size. */
const PORTION = 64;

/**
 * A second engine that knows what the first one does of a mesh, and builds for the given proxies: what it is told beyond that
 * is never served. Works in short slices, as the first one does.
 */
export class ScratchEngine {
  readonly #engine = createConfigEngine();
  readonly #refusals = new Map<string, string>();
  #sliceEnd = 0;

  /** Resolves once the configs stand as they are now. */
  static async start(served: ConfigEngine, mesh: string, clients: readonly ProxyClient[]): Promise<ScratchEngine> {
    const scratch = new ScratchEngine();
    const { resources, tlsReady } = served.knowledge(mesh);
    // Services before the Dataplanes that they select: each Dataplane is then looked at once.
    const ordered = [...resources].sort((a, b) => loadRank(a) - loadRank(b));
    for (const client of clients) scratch.#engine.connect(client);
    for (const service of tlsReady) scratch.#engine.setTlsReady(mesh, service, true);
    await scratch.apply(ordered.map((resource) => ({ op: 'put', resource })));
    return scratch;
  }

  /** Applies changes and builds what follows. */
  async apply(changes: readonly Change[]): Promise<void> {
    for (let at = 0; at < changes.length; at += PORTION) {
      this.#engine.apply(changes.slice(at, at + PORTION));
      await this.#pause();
    }
    for (let update = this.#engine.next(); update !== undefined; update = this.#engine.next()) {
      const { proxy, refusal, handover } = update;
      if (refusal === undefined) this.#refusals.delete(proxy.name);
      else this.#refusals.set(proxy.name, refusal);
      // A certificate that waits for the peers is what it comes to.
      if (handover !== undefined) this.#engine.release(proxy, handover);
      await this.#pause();
    }
  }

  /** What a proxy is to have; undefined where it gets nothing. */
  config(proxy: ProxyKey): ProxyConfig | undefined {
    return this.#engine.config(proxy);
  }

  /** Why a proxy gets no config. */
  refusal(proxy: ProxyKey): string | undefined {
    return this.#refusals.get(proxy.name);
  }

  async #pause(): Promise<void> {
    if (performance.now() < this.#sliceEnd) return;
    await turn();
    this.#sliceEnd = performance.now() + SLICE_MS;
  }
}

function loadRank({ type }: Resource): number {
  return type === 'Dataplane' ? 1 : 0;
}
