import { callAdmin, type AdminAddress } from './envoy-admin.ts';
import type { ProcessGuard } from './process-guard.ts';
import { startEnvoyProcess, type EnvoyOptions, type EnvoyProcess } from './envoy-process.ts';
import type { AgentLog } from './agent-log.ts';
import { readableLine } from './readable-line.ts';
import type { Readiness } from './readiness-reporter.ts';
import { supervise, type RestartPace, type SupervisorAction, type SupervisorEvent, type SupervisorState } from './supervisor.ts';

/** How long Envoy may take to exit once it was told to. */
const EXIT_TIME_MS = 5000;
const DRAIN_PATHS = ['/healthcheck/fail', '/drain_listeners?inboundonly&graceful&skip_exit'];

/** What {@link SupervisedEnvoy} works with. */
export interface SupervisedEnvoyParts {
  readonly options: Omit<EnvoyOptions, 'onLine'>;
  readonly admin: AdminAddress | undefined;
  readonly guard: ProcessGuard;
  /** Called before Envoy drains: the proxy is to get no new requests. Never rejects. */
  readonly leave: () => Promise<void>;
  readonly log: AgentLog;
  readonly pace: RestartPace;
}

/** Carries out what the state machine in supervisor.ts decides, with a real Envoy. */
export class SupervisedEnvoy {
  /** Resolves when Envoy has ended for good. */
  readonly finished: Promise<void>;
  readonly #parts: SupervisedEnvoyParts;
  #state: SupervisorState = { kind: 'idle' };
  #process: EnvoyProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #finish: () => void = () => undefined;

  constructor(parts: SupervisedEnvoyParts) {
    this.#parts = parts;
    this.finished = new Promise((resolve) => { this.#finish = resolve; });
  }

  /** Starts Envoy. */
  start(): void {
    this.#on({ kind: 'start', at: performance.now() });
  }

  /** Drains and ends Envoy; called again, it skips the waiting. */
  terminate(): void {
    this.#on({ kind: 'terminate' });
  }

  /** Drains Envoy but keeps it. */
  drainOnly(): void {
    this.#on({ kind: 'drain-only' });
  }

  /** What the readiness reporter says: Envoy's own word while it runs. */
  async readiness(): Promise<Readiness> {
    if (this.#state.kind === 'draining' || this.#state.kind === 'stopping') return 'TERMINATING';
    if (this.#state.kind !== 'running') return 'NOT_READY';
    if (this.#state.drained) return 'TERMINATING';
    if (this.#parts.admin === undefined) return 'READY';
    return (await callAdmin(this.#parts.admin, 'GET', '/ready')).status === 200 ? 'READY' : 'NOT_READY';
  }

  #on(event: SupervisorEvent): void {
    const { state, actions } = supervise(this.#state, event, this.#parts.pace);
    this.#state = state;
    for (const action of actions) this.#carryOut(action);
  }

  #carryOut(action: SupervisorAction): void {
    const { log } = this.#parts;
    clearTimeout(this.#timer);
    switch (action.kind) {
      case 'launch':
        this.#launch();
        return;
      case 'restart-in':
        log.warn(`Envoy starts again in ${action.delayMs / 1000} s (failure ${action.failures} in a row)`);
        this.#timer = setTimeout(() => this.#on({ kind: 'restart-due', at: performance.now() }), action.delayMs);
        return;
      case 'drain':
        log.info(`draining: Envoy takes no new connections and ends in ${this.#parts.options.drainTimeMs / 1000} s; a second signal ends it now`);
        this.#timer = setTimeout(() => this.#on({ kind: 'drained' }), this.#parts.options.drainTimeMs);
        void this.#drain();
        return;
      case 'drain-and-stay':
        log.info('draining: Envoy takes no new connections and stays until SIGTERM');
        void this.#drain();
        return;
      case 'stop':
        this.#process?.kill('SIGTERM');
        this.#timer = setTimeout(() => this.#process?.kill('SIGKILL'), EXIT_TIME_MS);
        return;
      case 'finish':
        this.#finish();
        return;
    }
  }

  #launch(): void {
    const { options, guard, log } = this.#parts;
    const envoy = startEnvoyProcess({ ...options, onLine: (line) => log.envoy(readableLine(line)) });
    this.#process = envoy;
    guard.watch(envoy.pid);
    if (envoy.pid !== undefined) log.info(`Envoy runs (process ${envoy.pid})`);
    void envoy.ended.then(({ how, lastWords }) => {
      guard.forget(envoy.pid);
      if (this.#state.kind === 'running') log.warn(`Envoy ${how}${lastWords.length > 0 ? `; its last words: ${lastWords.slice(-3).join(' | ')}` : ''}`);
      this.#on({ kind: 'exited', at: performance.now() });
    });
  }

  async #drain(): Promise<void> {
    const { admin, leave, log } = this.#parts;
    // First nobody sends anything new here, then listeners close.
    await leave();
    if (admin === undefined) return;
    for (const path of DRAIN_PATHS) {
      await callAdmin(admin, 'POST', path).catch((error: unknown) => log.warn(`Envoy does not take ${path}: ${String(error)}`));
    }
  }
}
