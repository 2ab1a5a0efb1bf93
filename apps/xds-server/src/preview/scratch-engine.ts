import { createConfigEngine, type ConfigEngine, type EngineKnowledge, type ProxyConfig } from '@weft/config-pipeline';
import type { ProxyClient } from '@weft/proxy-view';
import type { Change, Resource } from '@weft/resource-model';
import type { Slices } from './slices.ts';

/** Changes are applied in portions of this size. */
const PORTION = 64;

/** What became of one proxy. */
export interface ScratchConfig {
  /** Undefined where it gets nothing. */
  readonly config: ProxyConfig | undefined;
  /** Why it gets nothing, although its Dataplane is there. */
  readonly refusal: string | undefined;
}

/**
 * A second engine that knows what the first one does of a mesh, with changes on top, and builds for whom it is asked: nothing of
 * that is served. Works in short slices, as the first one does.
 */
export class ScratchEngine {
  readonly #engine: ConfigEngine;
  readonly #slices: Slices;

  private constructor(slices: Slices, { zone = '', serviceDomain }: Pick<EngineKnowledge, 'zone' | 'serviceDomain'>) {
    this.#engine = createConfigEngine({ zone, ...(serviceDomain !== undefined && { serviceDomain }) });
    this.#slices = slices;
  }

  /** Resolves once the resources are read. */
  static async start(slices: Slices, served: { readonly mesh: string; readonly knowledge: EngineKnowledge }, changes: readonly Change[] = []): Promise<ScratchEngine> {
    const { mesh, knowledge } = served;
    const { resources, tlsReady } = knowledge;
    const scratch = new ScratchEngine(slices, knowledge);
    // Services before the Dataplanes that they select: each Dataplane is then looked at once.
    const ordered = [...resources].sort((a, b) => loadRank(a) - loadRank(b)).map((resource): Change => ({ op: 'put', resource }));
    for (const service of tlsReady) scratch.#engine.setTlsReady(mesh, service, true);
    for (const list of [ordered, changes]) {
      for (let at = 0; at < list.length; at += PORTION) {
        scratch.#engine.apply(list.slice(at, at + PORTION));
        await slices.pause();
      }
    }
    return scratch;
  }

  /** What a proxy is to have. */
  async build(client: ProxyClient): Promise<ScratchConfig> {
    this.#engine.connect(client);
    return this.#settle(client);
  }

  /** What a proxy that was built before would have with changes that are undone again afterwards. */
  async try(client: ProxyClient, changes: readonly Change[], undo: readonly Change[]): Promise<ScratchConfig> {
    this.#engine.apply(changes);
    const made = await this.#settle(client);
    this.#engine.apply(undo);
    return made;
  }

  async #settle(client: ProxyClient): Promise<ScratchConfig> {
    let refusal: string | undefined;
    for (let update = this.#engine.next(); update !== undefined; update = this.#engine.next()) {
      refusal = update.refusal;
      // A certificate that waits for the peers is what it comes to.
      if (update.handover !== undefined) this.#engine.release(update.proxy, update.handover);
      await this.#slices.pause();
    }
    return { config: this.#engine.config(client.key), refusal };
  }
}


function loadRank({ type }: Resource): number {
  return type === 'Dataplane' ? 1 : 0;
}
