import { ask, BUCKETS, parseBucketKey, REQUESTS, type Subscription } from '@weft/bus';
import { MeshError, type Cancel } from '@weft/kernel';
import type { AppPorts } from '@weft/service-runtime';
import type { OutgoingFeed } from '../outgoing-feed.ts';

interface Proxy {
  readonly mesh: string;
  readonly name: string;
}

/** What happens to a proxy within this time goes up as one. */
const HOLD_OFF_MS = 1_000;
const PROXIES_PER_REQUEST = 50;

/** Insights are observed state, not on the feed: told of by the buckets, read merged from global-store, offered to the feed. */
export class ObservedInsights {
  readonly #ports: Pick<AppPorts<unknown>, 'bus' | 'clock' | 'log'>;
  readonly #feed: OutgoingFeed;
  readonly #known = new Map<string, Proxy>();
  readonly #due = new Map<string, Proxy>();
  readonly #watches: Subscription[] = [];
  readonly #servers = new Set<string>();
  #cancel: Cancel | undefined;
  #closed = false;

  private constructor(ports: Pick<AppPorts<unknown>, 'bus' | 'clock' | 'log'>, feed: OutgoingFeed) {
    this.#ports = ports;
    this.#feed = feed;
  }

  /** Begins to follow. */
  static async start(ports: Pick<AppPorts<unknown>, 'bus' | 'clock' | 'log'>, feed: OutgoingFeed): Promise<ObservedInsights> {
    const insights = new ObservedInsights(ports, feed);
    const observed = await ports.bus.bucket(BUCKETS.observed.name);
    const instances = await ports.bus.bucket(BUCKETS.instances.name, BUCKETS.instances);
    insights.#watches.push(await observed.watch(({ key }) => insights.#touch(key)));
    insights.#watches.push(await instances.watch(({ key, value }) => insights.#seeServer(key, value !== undefined)));
    return insights;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await Promise.all(this.#watches.map((watch) => watch.close()));
  }

  #touch(key: string): void {
    const [, mesh = '', name = ''] = partsOf(key);
    if (mesh === '' || name === '') return;
    const proxy = { mesh, name };
    this.#known.set(`${mesh}/${name}`, proxy);
    this.#plan([proxy]);
  }

  /** With a server all its connections come and go. */
  #seeServer(key: string, alive: boolean): void {
    const [app] = partsOf(key);
    if (app !== 'xds-server' || this.#servers.has(key) === alive) return;
    if (alive) this.#servers.add(key);
    else this.#servers.delete(key);
    this.#plan([...this.#known.values()]);
  }

  #plan(proxies: readonly Proxy[]): void {
    for (const proxy of proxies) this.#due.set(`${proxy.mesh}/${proxy.name}`, proxy);
    if (this.#due.size > 0 && !this.#closed) this.#cancel ??= this.#ports.clock.after(HOLD_OFF_MS, () => void this.#read());
  }

  async #read(): Promise<void> {
    const due = [...this.#due.values()];
    this.#due.clear();
    try {
      for (let at = 0; at < due.length; at += PROXIES_PER_REQUEST) await this.#readSome(due.slice(at, at + PROXIES_PER_REQUEST));
      this.#cancel = undefined;
      this.#plan([]);
    } catch (caught) {
      this.#ports.log.debug({ error: MeshError.from(caught).message }, 'insights could not be read, they are read again');
      this.#cancel = undefined;
      this.#plan(due);
    }
  }

  async #readSome(proxies: readonly Proxy[]): Promise<void> {
    const { insights } = await ask(this.#ports.bus, REQUESTS.insightRead, { proxies });
    proxies.forEach((proxy, at) => {
      const insight = insights[at];
      if (insight) this.#feed.offer(insight);
      else this.#forget(proxy);
    });
  }

  #forget(proxy: Proxy): void {
    this.#known.delete(`${proxy.mesh}/${proxy.name}`);
    this.#feed.withdraw({ type: 'DataplaneInsight', ...proxy });
  }
}

function partsOf(key: string): readonly string[] {
  try {
    return parseBucketKey(key);
  } catch {
    return [];
  }
}
