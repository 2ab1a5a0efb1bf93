import type { AppWrite } from '@weft/bus';
import { VipLedger, type Vip, type VipPlan, type VipPool } from '@weft/dns-core';
import { MeshError, type Cancel, type Clock } from '@weft/kernel';
import type { Change, ResourceId, VirtualIpSpec } from '@weft/resource-model';
import type { LeasedWriter, Logger } from '@weft/service-runtime';
import { NameDemand } from './name-demand.ts';
import { growingPause } from './growing-pause.ts';
import { SerialTask } from './serial-task.ts';

/** How long an address outlives the last that wanted its name: clients remember addresses, and services are restarted. */
export const VIP_GRACE_MS = 300_000;
const BATCH = 500;
/** While another replica holds the lease: a short part of its time to live. */
const LEASE_PAUSE_MS = 2_000;
/** Beyond these, problems of VirtualOutbounds are only counted. */
const TOLD_AT_ONCE = 20;

/** What the allocator works with. */
export interface AllocatorPorts {
  readonly writer: Pick<LeasedWriter, 'write'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pool: VipPool;
  readonly domain: string;
  /** Whether each `kuma.io/service` gets a name (default true); VirtualOutbounds make theirs in any case. */
  readonly services?: boolean;
}

/**
 * Gives each wanted name an address and takes it back when it is wanted no more for good. Follows the feed; one write at
 * a time. What another replica wrote is seen on the feed, and then nothing is left to do.
 */
export class VipAllocator {
  readonly #ports: AllocatorPorts;
  readonly #demand: NameDemand;
  readonly #ledger: VipLedger;
  readonly #task = new SerialTask(() => this.#run());
  #timer: Cancel | undefined;
  #closed = false;
  #paused = false;
  #failures = 0;
  #toldOfProblems: ReadonlySet<string> = new Set();
  #toldRevision = 0;

  constructor(ports: AllocatorPorts) {
    this.#ports = ports;
    this.#demand = new NameDemand({ domain: ports.domain, services: ports.services ?? true });
    this.#ledger = new VipLedger({ pool: ports.pool, graceMs: VIP_GRACE_MS });
  }

  /** How many host names have an address, or want one. */
  get size(): number {
    return this.#ledger.size;
  }

  /** Takes changes of the feed; call {@link allocate} after a batch. */
  apply(change: Change): void {
    const now = this.#ports.clock.now();
    const key = change.op === 'put' ? change.resource : change.key;
    for (const hostname of this.#demand.apply(change)) {
      if (this.#demand.has(hostname)) this.#ledger.want(hostname, this.#demand.serviceOf(hostname));
      else this.#ledger.unwant(hostname, now);
    }
    if (key.type !== 'VirtualIp') return;
    if (change.op === 'put') this.#ledger.put(key.name, { ...(change.resource.spec as VirtualIpSpec), version: change.resource.version }, now);
    else this.#ledger.remove(key.name);
  }

  /** Forgets what a snapshot does not name. */
  retain(present: ReadonlySet<ResourceId>): void {
    for (const id of this.#demand.missing(present)) {
      const [type = '', mesh = '', name = ''] = id.split('/');
      this.apply({ op: 'delete', key: { type, mesh, name } });
    }
    for (const address of [...this.#ledger.addresses]) if (!present.has(`VirtualIp//${address}` as ResourceId)) this.#ledger.remove(address);
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
    if (this.#closed || this.#paused) return;
    this.#timer?.();
    this.#tellProblems();
    const { wait, paused } = await this.#writeAll();
    this.#paused = paused;
    if (wait === undefined) return;
    this.#timer = this.#ports.clock.after(wait, () => {
      this.#paused = false;
      void this.allocate();
    });
  }

  /** Gives the time after which to look again, if any, and whether nobody is to try before. */
  async #writeAll(): Promise<{ readonly wait: number | undefined; readonly paused: boolean }> {
    const { clock, log } = this.#ports;
    for (;;) {
      const plan = this.#ledger.plan(clock.now(), BATCH);
      if (plan.refusal !== undefined) log.warn({ reason: plan.refusal }, 'names get no virtual address until others are released: widen dnsServer.CIDR');
      if (plan.create.length + plan.release.length === 0) break;
      const outcome = await this.#write(plan);
      if (outcome !== 'written') return { wait: outcome === 'elsewhere' ? LEASE_PAUSE_MS : growingPause(this.#failures), paused: true };
    }
    const next = this.#ledger.nextRelease;
    return { wait: next === undefined ? undefined : Math.max(1, next - clock.now()), paused: false };
  }

  async #write(plan: VipPlan): Promise<'written' | 'elsewhere' | 'failed'> {
    const { clock, log, writer } = this.#ports;
    try {
      const stored = await writer.write(toWrites(plan));
      if (stored === undefined) return 'elsewhere';
      for (const { address, ...owner } of plan.create) this.#ledger.put(address, owner, clock.now());
      for (const { name, spec, version } of stored) this.#ledger.put(name, { ...(spec as VirtualIpSpec), version }, clock.now());
    } catch (caught) {
      const error = MeshError.from(caught);
      // The log tells once of a store that is away.
      if (error.code !== 'store/conflict' && this.#failures === 0) log.warn({ error: error.message }, 'virtual addresses cannot be written now; trying until they can');
      this.#failures += 1;
      return 'failed';
    }
    this.#failures = 0;
    for (const { address } of plan.release) this.#ledger.remove(address);
    log.debug({ given: plan.create.length, released: plan.release.length }, 'virtual addresses');
    return 'written';
  }

  /** Each problem is told when it appears. */
  #tellProblems(): void {
    const { revision } = this.#demand;
    if (revision === this.#toldRevision) return;
    this.#toldRevision = revision;
    const { problems } = this.#demand;
    const fresh = problems.filter((problem) => !this.#toldOfProblems.has(JSON.stringify(problem)));
    for (const problem of fresh.slice(0, TOLD_AT_ONCE)) this.#ports.log.warn({ ...problem }, 'a VirtualOutbound gives a service no name');
    if (fresh.length > TOLD_AT_ONCE) this.#ports.log.warn({ more: fresh.length - TOLD_AT_ONCE }, 'VirtualOutbounds give more services no name');
    this.#toldOfProblems = new Set(problems.map((problem) => JSON.stringify(problem)));
  }
}

function toWrites({ create, release }: VipPlan): AppWrite['writes'] {
  const put = ({ address, ...spec }: Vip): AppWrite['writes'][number] => ({ op: 'put', type: 'VirtualIp', mesh: '', name: address, labels: {}, spec, expectVersion: 'absent' });
  return [...release.map(({ address, version }): AppWrite['writes'][number] => ({ op: 'delete', key: { type: 'VirtualIp', mesh: '', name: address }, ...(version !== undefined && { expectVersion: version }) })), ...create.map(put)];
}
