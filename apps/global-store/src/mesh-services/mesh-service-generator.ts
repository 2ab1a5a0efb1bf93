import { MeshError, type Cancel, type Clock } from '@weft/kernel';
import type { Change, Resource, ResourceType } from '@weft/resource-model';
import type { Logger } from '@weft/service-runtime';
import type { Fence, ResourceStore } from '@weft/store';
import type { BatchedIntent, ResourceWriter } from '../admission/resource-writer.ts';
import type { ObservedState } from '../observed/observed-state.ts';
import { HoldOff } from './hold-off.ts';
import { meshServicesMode, planMeshServices, type MeshServiceWrite } from './plan-mesh-services.ts';

/** What the generator works with. */
export interface GeneratorPorts {
  readonly store: ResourceStore;
  readonly writer: ResourceWriter;
  readonly observed: ObservedState;
  readonly clock: Clock;
  readonly log: Logger;
  readonly instance: string;
  readonly type: ResourceType;
}

const LEASE = 'meshservice-generator';
const LEASE_MS = 10_000;
const GAP_MS = 250;
const GRACE_MS = 3_600_000;
const INPUTS: ReadonlySet<string> = new Set(['Dataplane', 'Mesh', 'MeshService']);
const MAX_CHANGES = 1000;

/**
 * Keeps the generated MeshServices of every mesh in line with its dataplanes: looks after each commit that concerns
 * it and after each observation, under a lease, so that of several replicas one writes.
 */
export class MeshServiceGenerator {
  readonly #ports: GeneratorPorts;
  readonly #holdOff: HoldOff;
  readonly #stops: (() => void)[];
  #seen = 0;
  #cancelNext: Cancel | undefined;

  /** Starts looking at once. */
  constructor(ports: GeneratorPorts) {
    this.#ports = ports;
    this.#holdOff = new HoldOff(ports.clock, GAP_MS, () => this.#round());
    this.#stops = [ports.store.onCommit(() => void this.#onCommit()), ports.observed.onChange(() => this.#holdOff.ask())];
    this.#holdOff.ask();
  }

  /** Stops; resolves when nothing is written any more. */
  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#cancelNext?.();
    await this.#holdOff.close();
  }

  async #onCommit(): Promise<void> {
    if (await this.#concernsInputs()) this.#holdOff.ask();
  }

  // What was trimmed before it was read here may have been anything.
  async #concernsInputs(): Promise<boolean> {
    try {
      const changes = await this.#ports.store.changesAfter(this.#seen, MAX_CHANGES);
      this.#seen = changes.at(-1)?.revision.n ?? this.#seen;
      return changes.length === MAX_CHANGES || changes.some(({ change }) => INPUTS.has(typeOf(change)));
    } catch {
      this.#seen = await this.#ports.store.head().then(({ n }) => n, () => this.#seen);
      return true;
    }
  }

  async #round(): Promise<void> {
    try {
      const { store, instance } = this.#ports;
      const grant = await store.acquireLease(LEASE, instance, LEASE_MS);
      // Another replica writes. Should it be gone by then, this one takes over.
      if (grant === undefined) return this.#lookAgainIn(LEASE_MS);
      const fence = { lease: LEASE, token: grant.token };
      const times: number[] = [];
      for (const mesh of await store.list('Mesh')) times.push(...(await this.#bringInLine(mesh, fence)));
      if (times.length > 0) this.#lookAgainIn(Math.min(...times) - this.#ports.clock.now());
    } catch (caught) {
      const error = MeshError.from(caught);
      const expected = error.code === 'store/conflict' || error.code === 'store/fenced';
      if (!expected) this.#ports.log.warn({ error: error.message, code: error.code }, 'MeshServices could not be generated; trying again');
      this.#lookAgainIn(expected ? GAP_MS : LEASE_MS);
    }
  }

  async #bringInLine(mesh: Resource, fence: Fence): Promise<readonly number[]> {
    const { store, observed, clock, writer } = this.#ports;
    const existing = await store.list('MeshService', mesh.name);
    const isOff = meshServicesMode(mesh) === 'Disabled';
    if (isOff && existing.length === 0) return [];
    const dataplanes = isOff ? [] : await store.list('Dataplane', mesh.name);
    const isConnected = (dataplane: Resource): boolean => observed.isConnected(dataplane.mesh, dataplane.name);
    const plan = planMeshServices({ mesh, dataplanes, existing, isConnected, nowMs: clock.now(), gracePeriodMs: GRACE_MS });
    const intents = plan.writes.map((write) => this.#intentOf(write, mesh.name));
    if (intents.length > 0) await writer.apply(intents, { fence, skipUnchanged: true });
    return plan.lookAgainAtMs === undefined ? [] : [plan.lookAgainAtMs];
  }

  // Others write sections of the same status: a stale one must lose.
  #intentOf(write: MeshServiceWrite, mesh: string): BatchedIntent {
    if (write.op === 'delete') return { op: 'delete', key: { type: 'MeshService', mesh, name: write.name } };
    const { previous, name, labels, spec, status } = write;
    const expect = previous === undefined ? ('absent' as const) : { version: previous.version };
    return { op: 'put', intent: { type: this.#ports.type, mesh, name, labels, spec, status, expect } };
  }

  #lookAgainIn(delayMs: number): void {
    this.#cancelNext?.();
    this.#cancelNext = this.#ports.clock.after(Math.max(0, delayMs), () => this.#holdOff.ask());
  }
}

function typeOf(change: Change): string {
  return change.op === 'put' ? change.resource.type : change.key.type;
}
