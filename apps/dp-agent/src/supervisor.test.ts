import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { supervise, type SupervisorAction, type SupervisorEvent, type SupervisorState } from './supervisor.ts';

const PACE = { baseMs: 100, maxMs: 1000, stableMs: 5000 };

function run(events: readonly SupervisorEvent[]): { state: SupervisorState; actions: readonly SupervisorAction[] } {
  let state: SupervisorState = { kind: 'idle' };
  const actions: SupervisorAction[] = [];
  for (const event of events) {
    const step = supervise(state, event, PACE);
    state = step.state;
    actions.push(...step.actions);
  }
  return { state, actions };
}
const kinds = (events: readonly SupervisorEvent[]): readonly string[] => run(events).actions.map(({ kind }) => kind);
const start = { kind: 'start', at: 0 } as const;
const terminate = { kind: 'terminate' } as const;
const exited = (at: number): SupervisorEvent => ({ kind: 'exited', at });
const due = (at: number): SupervisorEvent => ({ kind: 'restart-due', at });

describe('supervise', () => {
  it('restarts a crashed Envoy, ever more slowly, and forgives one that ran for long', () => {
    const crashes = [start, ...[0, 1, 2, 3, 4].flatMap((at) => [exited(at), due(at)]), exited(9000)];
    const delays = run(crashes).actions.flatMap((action) => (action.kind === 'restart-in' ? [action.delayMs] : []));
    expect(delays).toEqual([100, 200, 400, 800, 1000, 100]);
  });

  it('drains before it stops, and a second signal skips the wait', () => {
    expect(kinds([start, terminate, { kind: 'drained' }, exited(1)])).toEqual(['launch', 'drain', 'stop', 'finish']);
    expect(kinds([start, terminate, terminate, exited(1)])).toEqual(['launch', 'drain', 'stop', 'finish']);
    expect(kinds([start, terminate, terminate, { kind: 'drained' }, exited(1)])).toEqual(['launch', 'drain', 'stop', 'finish']);
  });

  it('stays after SIGUSR2, and a later SIGTERM ends at once', () => {
    expect(kinds([start, { kind: 'drain-only' }, { kind: 'drain-only' }, terminate, exited(1)])).toEqual(['launch', 'drain-and-stay', 'stop', 'finish']);
  });

  it('does not restart an Envoy that dies while draining or while the agent waits to restart', () => {
    expect(kinds([start, terminate, exited(1), due(2)])).toEqual(['launch', 'drain', 'finish']);
    expect(kinds([start, exited(1), terminate, due(2)])).toEqual(['launch', 'restart-in', 'finish']);
  });

  it('never runs two Envoys, finishes at most once, and does nothing afterwards', () => {
    const event: fc.Arbitrary<SupervisorEvent> = fc.oneof(
      fc.constantFrom<SupervisorEvent>(terminate, { kind: 'drain-only' }, { kind: 'drained' }),
      fc.nat(20_000).chain((at) => fc.constantFrom<SupervisorEvent>({ kind: 'start', at }, exited(at), due(at))),
    );
    fc.assert(fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let state: SupervisorState = { kind: 'idle' };
      let alive = false;
      let finished = false;
      for (const next of events) {
        // An exit can only be reported of an Envoy that runs.
        if (next.kind === 'exited' && !alive) continue;
        if (next.kind === 'exited') alive = false;
        const step = supervise(state, next, PACE);
        state = step.state;
        if (finished) expect(step.actions).toEqual([]);
        for (const action of step.actions) {
          if (action.kind === 'launch') { expect(alive).toBe(false); alive = true; }
          if (action.kind === 'finish') { expect(alive).toBe(false); finished = true; }
        }
      }
    }));
  });
});
