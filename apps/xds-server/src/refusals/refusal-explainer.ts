import type { ConfigEngine } from '@weft/config-pipeline';
import type { Cancel, Clock } from '@weft/kernel';
import type { ConnectedProxy } from '../proxies/connected-proxy.ts';
import { Contributors } from './contributors.ts';

/** Proxies that refuse one change do so within this time, and are looked at together. */
const GATHER_MS = 200;

/** What {@link RefusalExplainer} works with. */
export interface RefusalExplainerPorts {
  readonly engine: ConfigEngine;
  readonly clock: Clock;
  /** What is observed of the proxy has changed. */
  readonly touch: (proxy: ConnectedProxy) => void;
  readonly onDefect: (caught: unknown) => void;
}

/** Finds out, after proxies refused something, which policies that came from. Costs nothing while nobody refuses. */
export class RefusalExplainer {
  readonly #ports: RefusalExplainerPorts;
  #waiting = new Set<ConnectedProxy>();
  #cancel: Cancel | undefined;
  #running = false;
  #stopped = false;

  constructor(ports: RefusalExplainerPorts) {
    this.#ports = ports;
  }

  /** The proxy may refuse something new. */
  look(proxy: ConnectedProxy): void {
    // What zone proxies have comes from no mesh's policies alone.
    if (proxy.key.type !== undefined || proxy.insight.refusals.unexplained.length === 0) return;
    this.#waiting.add(proxy);
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #arm(): void {
    if (this.#cancel !== undefined || this.#running || this.#stopped) return;
    this.#cancel = this.#ports.clock.after(GATHER_MS, () => {
      this.#cancel = undefined;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    const proxies = this.#waiting;
    this.#waiting = new Set();
    for (const mesh of new Set([...proxies].map(({ key }) => key.mesh))) {
      await this.#explain(mesh, [...proxies].filter(({ key }) => key.mesh === mesh)).catch(this.#ports.onDefect);
    }
    this.#running = false;
    if (this.#waiting.size > 0) this.#arm();
  }

  async #explain(mesh: string, proxies: readonly ConnectedProxy[]): Promise<void> {
    const contributors = await Contributors.start(mesh, this.#ports.engine.knowledge(mesh));
    for (const proxy of proxies) {
      const refusals = proxy.insight.refusals;
      for (const [refusal, policies] of await contributors.find(proxy.node.client, refusals.unexplained)) refusals.explain(refusal, policies);
      if (this.#stopped) return;
      this.#ports.touch(proxy);
    }
  }
}
