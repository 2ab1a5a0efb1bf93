import { ask, BUCKETS, parseBucketKey, REQUESTS, type Subscription } from '@weft/bus';
import { MeshError, type Cancel } from '@weft/kernel';
import type { AppPorts } from '@weft/service-runtime';
import type { OutgoingFeed } from '../outgoing-feed.ts';

interface Proxy {
  /** Empty for a proxy of the zone. */
  readonly mesh: string;
  readonly name: string;
  readonly type?: 'ZoneIngress' | 'ZoneEgress';
}

/** What happens to a proxy within this time goes up as one; longer after many have changed, for a change of the mesh touches all. */
const HOLD_OFF_MS = 1_000;
const HOLD_OFF_PER_PROXY_MS = 5;
const LONGEST_HOLD_OFF_MS = 10_000;
const PROXIES_PER_REQUEST = 50;

/** Insights are observed state, not on the feed: told of by the buckets, read merged from global-store, offered to the feed. */
export class ObservedInsights {
  readonly #ports: Pick<AppPorts<unknown>, 'bus' | 'clock' | 'log'>;
  readonly #feed: OutgoingFeed;
  readonly #known = new Map<string, Proxy>();
  readonly #due = new Map<string, Proxy>();
  readonly #watches: Subscription[] = [];
  readonly #servers = new Set<string>();
  #holdOffMs = HOLD_OFF_MS;
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
    const proxy = proxyOf(key);
    if (proxy === undefined) return;
    this.#known.set(idOf(proxy), proxy);
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
    for (const proxy of proxies) this.#due.set(idOf(proxy), proxy);
    if (this.#due.size > 0 && !this.#closed) this.#cancel ??= this.#ports.clock.after(this.#holdOffMs, () => void this.#read());
  }

  async #read(): Promise<void> {
    const due = [...this.#due.values()];
    this.#due.clear();
    this.#holdOffMs = Math.min(LONGEST_HOLD_OFF_MS, Math.max(HOLD_OFF_MS, due.length * HOLD_OFF_PER_PROXY_MS));
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
    this.#known.delete(idOf(proxy));
    const { mesh, name, type = 'Dataplane' } = proxy;
    this.#feed.withdraw({ type: `${type}Insight`, mesh, name });
  }
}

/** The proxy that an entry of observed state is about; undefined where it is about none. */
function proxyOf(key: string): Proxy | undefined {
  const [, mesh = '', name = '', type] = partsOf(key);
  if (name === '') return undefined;
  if (mesh !== '') return { mesh, name };
  return type === 'ZoneIngress' || type === 'ZoneEgress' ? { mesh, name, type } : undefined;
}

function idOf({ mesh, name, type }: Proxy): string {
  return `${type ?? 'Dataplane'}/${mesh}/${name}`;
}

function partsOf(key: string): readonly string[] {
  try {
    return parseBucketKey(key);
  } catch {
    return [];
  }
}
