import type { AppWrite } from '@weft/bus';
import { planVips, type Vip, type VipPool } from '@weft/dns-core';
import { MeshError, type Cancel, type Clock } from '@weft/kernel';
import type { Change, ResourceId, VirtualIpSpec } from '@weft/resource-model';
import type { LeasedWriter, Logger } from '@weft/service-runtime';
import { SerialTask } from './serial-task.ts';
import { ServiceCensus } from './service-census.ts';

/** How long an address outlives the last dataplane of its service: clients remember addresses, and services are restarted. */
export const VIP_GRACE_MS = 300_000;
const RETRY_MS = 500;

/** What the allocator works with. */
export interface AllocatorPorts {
  readonly writer: Pick<LeasedWriter, 'write'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pool: VipPool;
  readonly domain: string;
}

/**
 * Gives each service an address and takes it back when the service is gone for good. Follows the feed; one write at a
 * time, with all that is missing in it. What another replica wrote is seen on the feed, and then nothing is left to do.
 */
export class VipAllocator {
  readonly #ports: AllocatorPorts;
  readonly #census = new ServiceCensus();
  readonly #vips = new Map<string, Vip>();
  readonly #task = new SerialTask(() => this.#run());
  #timer: Cancel | undefined;
  #closed = false;
  /** The log tells once of a store that is away. */
  #failing = false;

  constructor(ports: AllocatorPorts) {
    this.#ports = ports;
  }

  /** Takes changes of the feed; call {@link allocate} after a batch. */
  apply(change: Change): void {
    this.#census.apply(change, this.#ports.clock.now());
    const key = change.op === 'put' ? change.resource : change.key;
    if (key.type !== 'VirtualIp') return;
    if (change.op === 'put') this.#vips.set(key.name, { address: key.name, ...(change.resource.spec as VirtualIpSpec) });
    else this.#vips.delete(key.name);
  }

  /** Forgets what a snapshot does not name. */
  retain(present: ReadonlySet<ResourceId>): void {
    this.#census.retain(present, this.#ports.clock.now());
    for (const address of [...this.#vips.keys()]) if (!present.has(`VirtualIp//${address}` as ResourceId)) this.#vips.delete(address);
  }

  /** Writes what is missing; call it when the feed brought something. Resolves when nothing is left that can be done now. */
  allocate(): Promise<void> {
    return this.#task.request();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.();
    await this.#task.settled();
  }

  async #run(): Promise<void> {
    if (this.#closed) return;
    this.#timer?.();
    const wait = await this.#step();
    if (wait !== undefined) this.#timer = this.#ports.clock.after(wait, () => void this.allocate());
  }

  /** One write; gives the time after which to look again, if any. */
  async #step(): Promise<number | undefined> {
    const { clock, log, writer } = this.#ports;
    const plan = planVips(this.#state(), clock.now(), VIP_GRACE_MS);
    if (plan.create.length + plan.release.length === 0) return this.#untilNextRelease();
    try {
      if ((await writer.write(toWrites(plan.create, plan.release))) === undefined) return RETRY_MS;
    } catch (caught) {
      const error = MeshError.from(caught);
      if (error.code !== 'store/conflict' && !this.#failing) log.warn({ error: error.message }, 'virtual addresses cannot be written now; trying until they can');
      this.#failing = error.code !== 'store/conflict';
      return RETRY_MS;
    }
    this.#failing = false;
    for (const vip of plan.create) this.#vips.set(vip.address, vip);
    for (const vip of plan.release) this.#vips.delete(vip.address);
    log.debug({ given: plan.create.length, released: plan.release.length, total: this.#vips.size }, 'virtual addresses');
    return this.#untilNextRelease();
  }

  #state(): Parameters<typeof planVips>[0] {
    const vips = [...this.#vips.values()];
    const allocated = vips.flatMap(({ service }) => service ?? []);
    return { pool: this.#ports.pool, domain: this.#ports.domain, services: this.#census.services, vips, goneSince: this.#census.goneSince(allocated, this.#ports.clock.now()) };
  }

  #untilNextRelease(): number | undefined {
    const { vips, services, goneSince } = this.#state();
    const dues = vips.flatMap(({ service }) => (service === undefined || services.has(service) ? [] : (goneSince.get(service) ?? this.#ports.clock.now()) + VIP_GRACE_MS));
    return dues.length === 0 ? undefined : Math.max(1, Math.min(...dues) - this.#ports.clock.now());
  }
}

function toWrites(create: readonly Vip[], release: readonly Vip[]): AppWrite['writes'] {
  return [
    ...release.map(({ address }) => ({ op: 'delete' as const, key: { type: 'VirtualIp', mesh: '', name: address } })),
    ...create.map(({ address, ...spec }) => ({ op: 'put' as const, type: 'VirtualIp', mesh: '', name: address, labels: {}, spec, expectVersion: 'absent' as const })),
  ];
}
