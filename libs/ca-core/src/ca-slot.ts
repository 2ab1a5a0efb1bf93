/** Where a CA stands: made and trusted but not signing, signing, or still trusted for what it signed. */
export type SlotState = 'prepared' | 'active' | 'retired';

/** One CA of a mesh over its life. Times are milliseconds since the Unix epoch. */
export interface CaSlot {
  /** Counts the CAs of a backend from 1. */
  readonly generation: number;
  readonly state: SlotState;
  readonly notBefore: number;
  readonly notAfter: number;
  /** When it entered its state. */
  readonly since: number;
}

/** How long each state lasts. */
export interface SlotPolicy {
  /** A prepared CA is trusted everywhere before it signs: at least this long. */
  readonly trustBeforeUseMs: number;
  /** The longest life of a leaf: that long a retired CA stays trusted. */
  readonly leafLifetimeMs: number;
}

/** What is to be done next with the CAs of one backend. */
export type SlotStep =
  | { readonly do: 'prepare'; readonly generation: number }
  | { readonly do: 'activate'; readonly generation: number }
  | { readonly do: 'drop'; readonly generation: number }
  | { readonly do: 'nothing' };

/**
 * The next step at `now`, one at a time: without an active CA the prepared one, or a new one, becomes active at once;
 * at half of the active one's life its successor is prepared; at two thirds, and once it was long enough trusted, the
 * successor is activated; a retired one is dropped when no leaf of it can still be valid.
 */
export function nextSlotStep(slots: readonly CaSlot[], now: number, policy: SlotPolicy): SlotStep {
  const active = slots.find(({ state }) => state === 'active');
  const prepared = slots.find(({ state }) => state === 'prepared');
  const next = Math.max(0, ...slots.map(({ generation }) => generation)) + 1;
  if (active === undefined || active.notAfter <= now) return prepared === undefined ? { do: 'prepare', generation: next } : { do: 'activate', generation: prepared.generation };
  const life = active.notAfter - active.notBefore;
  if (prepared === undefined && now >= active.notBefore + life / 2) return { do: 'prepare', generation: next };
  const trusted = prepared !== undefined && now >= prepared.since + policy.trustBeforeUseMs;
  if (trusted && now >= active.notBefore + (life * 2) / 3) return { do: 'activate', generation: prepared.generation };
  const done = slots.find(({ state, since }) => state === 'retired' && now >= since + policy.leafLifetimeMs);
  return done === undefined ? { do: 'nothing' } : { do: 'drop', generation: done.generation };
}

/** The slots after a step; `made` is the CA that a `prepare` brought. Activating retires the one that was active. */
export function applySlotStep(slots: readonly CaSlot[], step: SlotStep, now: number, made?: Pick<CaSlot, 'notBefore' | 'notAfter'>): readonly CaSlot[] {
  if (step.do === 'prepare' && made !== undefined) return [...slots, { ...made, generation: step.generation, state: 'prepared', since: now }];
  if (step.do === 'drop') return slots.filter(({ generation }) => generation !== step.generation);
  if (step.do !== 'activate') return slots;
  return slots.map((slot) => {
    if (slot.generation === step.generation) return { ...slot, state: 'active', since: now };
    return slot.state === 'active' ? { ...slot, state: 'retired', since: now } : slot;
  });
}
