/**
 * When Envoy is started, restarted, drained and stopped, as a pure state machine.
 *
 * States:
 * - `idle`: not started yet.
 * - `running`: an Envoy runs since `since`; `drained` after SIGUSR2, when it no longer takes new work but stays.
 * - `waiting`: Envoy ended by itself; the next start is due after a back-off.
 * - `draining`: asked to end; Envoy finishes what it holds.
 * - `stopping`: Envoy was told to exit; the next event is its exit.
 * - `stopped`: nothing runs, nothing will.
 */
export type SupervisorState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly since: number; readonly failures: number; readonly drained: boolean }
  | { readonly kind: 'waiting'; readonly failures: number }
  | { readonly kind: 'draining' }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'stopped' };

/** What happens to a supervised Envoy. `at` is milliseconds of any clock that does not jump. */
export type SupervisorEvent =
  | { readonly kind: 'start'; readonly at: number }
  | { readonly kind: 'exited'; readonly at: number }
  | { readonly kind: 'restart-due'; readonly at: number }
  | { readonly kind: 'terminate' }
  | { readonly kind: 'drain-only' }
  | { readonly kind: 'drained' };

/** What the shell is to do: start Envoy; start it later (event `restart-due`); drain and say `drained` when the time is over; drain and stay; tell Envoy to exit; end the agent. */
export type SupervisorAction =
  | { readonly kind: 'launch' }
  | { readonly kind: 'restart-in'; readonly delayMs: number; readonly failures: number }
  | { readonly kind: 'drain' }
  | { readonly kind: 'drain-and-stay' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'finish' };

/** Pace of restarts: `base`, doubled each time up to `max`; an Envoy that ran for `stable` counts as well again. Milliseconds. */
export interface RestartPace {
  readonly baseMs: number;
  readonly maxMs: number;
  readonly stableMs: number;
}

/** The next state and what to do about it. An event that means nothing in a state changes nothing. Never throws. */
export function supervise(state: SupervisorState, event: SupervisorEvent, pace: RestartPace): { readonly state: SupervisorState; readonly actions: readonly SupervisorAction[] } {
  const stay = { state, actions: [] };
  switch (event.kind) {
    case 'start':
      return state.kind === 'idle' ? launched(event.at, 0) : stay;
    case 'restart-due':
      return state.kind === 'waiting' ? launched(event.at, state.failures) : stay;
    case 'exited':
      return exited(state, event.at, pace);
    case 'terminate':
      return terminated(state);
    case 'drain-only':
      return state.kind === 'running' && !state.drained ? { state: { ...state, drained: true }, actions: [{ kind: 'drain-and-stay' }] } : stay;
    case 'drained':
      return state.kind === 'draining' ? { state: { kind: 'stopping' }, actions: [{ kind: 'stop' }] } : stay;
  }
}

type Step = ReturnType<typeof supervise>;

function launched(at: number, failures: number): Step {
  return { state: { kind: 'running', since: at, failures, drained: false }, actions: [{ kind: 'launch' }] };
}

function exited(state: SupervisorState, at: number, pace: RestartPace): Step {
  if (state.kind === 'draining' || state.kind === 'stopping') return { state: { kind: 'stopped' }, actions: [{ kind: 'finish' }] };
  if (state.kind !== 'running') return { state, actions: [] };
  const failures = at - state.since >= pace.stableMs ? 1 : state.failures + 1;
  const delayMs = Math.min(pace.maxMs, pace.baseMs * 2 ** Math.min(failures - 1, 30));
  return { state: { kind: 'waiting', failures }, actions: [{ kind: 'restart-in', delayMs, failures }] };
}

function terminated(state: SupervisorState): Step {
  switch (state.kind) {
    case 'idle':
    case 'waiting':
      return { state: { kind: 'stopped' }, actions: [{ kind: 'finish' }] };
    case 'running':
      // After SIGUSR2 the waiting is behind us.
      return state.drained ? { state: { kind: 'stopping' }, actions: [{ kind: 'stop' }] } : { state: { kind: 'draining' }, actions: [{ kind: 'drain' }] };
    case 'draining':
      // A second signal skips the wait.
      return { state: { kind: 'stopping' }, actions: [{ kind: 'stop' }] };
    case 'stopping':
    case 'stopped':
      return { state, actions: [] };
  }
}
