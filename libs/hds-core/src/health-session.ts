import type { DataplaneSpec } from '@weft/resource-model';
import { healthCheckSpecifier, type ProbedProxy, type ProbeSettings } from './health-check-specifier.ts';
import type { HealthFinding, Vitality } from './health-finding.ts';
import { parseHealthMessage, type HealthReport } from './health-message.ts';
import { withFinding } from './inbound-health.ts';

/** What can happen to an HDS stream. */
export type HealthEvent =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  /** The proxy was let in; where its workloads are probed from. */
  | { readonly kind: 'admitted'; readonly proxy: Omit<ProbedProxy, 'spec'> }
  /** The Dataplane as it is now; `since` changes when it was deleted and made anew. */
  | { readonly kind: 'dataplane'; readonly spec: DataplaneSpec | undefined; readonly since: string }
  /** The proxy started anew: what was told of it before is void. */
  | { readonly kind: 'restarted' }
  /** The proxy was taken out of rotation because it is about to end: nothing is told of it any more. */
  | { readonly kind: 'draining' }
  /** The write asked for was made, or could not be. */
  | { readonly kind: 'written'; readonly ok: boolean };

/** What the shell around a stream is to do. */
export type HealthEffect =
  /** Let this node (encoded) in, and say `admitted`. */
  | { readonly kind: 'admit'; readonly node: Uint8Array }
  | { readonly kind: 'send'; readonly message: Uint8Array }
  /** Write what was found, and say `written`. */
  | { readonly kind: 'write'; readonly finding: HealthFinding }
  /** End the stream: it speaks something else. */
  | { readonly kind: 'refuse'; readonly reason: string };

const PROXY = 'proxy';

/**
 * One HDS stream as a reducer: {@link HealthSession.step} takes an event in and gives the effects. Nothing is sent or written
 * before the proxy was let in; the specifier is sent again only if it changed; a finding is written only if it changes the
 * Dataplane, one at a time.
 */
export class HealthSession {
  readonly #settings: ProbeSettings;
  #identified = false;
  #proxy: Omit<ProbedProxy, 'spec'> | undefined;
  #spec: DataplaneSpec | undefined;
  #since = '';
  #sent: Uint8Array | undefined;
  #report: HealthReport | undefined;
  #reported = false;
  /** Envoy was ready once in this stream. */
  #wasUp = false;
  /** What is up and was told: {@link PROXY}, or a port. That the proxy is up at first, its ADS stream tells. */
  #toldUp = new Set([PROXY]);
  #draining = false;
  /** The Dataplane was compared with a report once. */
  #judged = false;
  #writing: ReadonlySet<string> | undefined;

  constructor(settings: ProbeSettings) {
    this.#settings = settings;
  }

  /** Takes one event in. Never throws. */
  step(event: HealthEvent): readonly HealthEffect[] {
    switch (event.kind) {
      case 'message': return this.#receive(event.bytes);
      case 'admitted': this.#proxy = event.proxy; return this.#specify();
      case 'dataplane': return this.#replace(event.spec, event.since);
      case 'restarted': return this.#restart();
      case 'draining': this.#draining = true; return [];
      case 'written': return this.#settle(event.ok);
    }
  }

  #receive(bytes: Uint8Array): readonly HealthEffect[] {
    const parsed = parseHealthMessage(bytes);
    if (!parsed.ok) return [{ kind: 'refuse', reason: parsed.error }];
    if (parsed.value.kind === 'node') {
      // Envoy names itself once; again is harmless.
      if (this.#identified) return [];
      this.#identified = true;
      return [{ kind: 'admit', node: parsed.value.node }];
    }
    if (!this.#identified) return [{ kind: 'refuse', reason: 'the first message of a stream must be a request with a node' }];
    this.#report = this.#believed(parsed.value.report);
    return this.#evaluate();
  }

  /**
   * Envoy calls a host that it has not checked yet unhealthy, and itself while it starts (which the ADS stream tells better). So the
   * first report tells only what is up, and Envoy is down only after it was up; until then no workload is served either.
   */
  #believed({ proxy, workloads }: HealthReport): HealthReport {
    const first = !this.#reported;
    this.#reported = true;
    this.#wasUp ||= proxy === true;
    const believed = { proxy: this.#wasUp ? proxy : undefined, workloads: proxy === false && !this.#wasUp ? onlyDown(workloads) : workloads };
    return first ? { proxy: believed.proxy, workloads: onlyUp(believed.workloads) } : believed;
  }

  #restart(): readonly HealthEffect[] {
    this.#toldUp = new Set([PROXY]);
    this.#draining = false;
    return [];
  }

  #replace(spec: DataplaneSpec | undefined, since: string): readonly HealthEffect[] {
    if (spec === undefined || since !== this.#since) this.#toldUp = new Set([PROXY]);
    this.#spec = spec;
    this.#since = since;
    return [...this.#specify(), ...this.#evaluate()];
  }

  #specify(): readonly HealthEffect[] {
    if (this.#proxy === undefined || this.#spec === undefined) return [];
    const message = healthCheckSpecifier({ ...this.#proxy, spec: this.#spec }, this.#settings);
    if (this.#sent !== undefined && equalBytes(this.#sent, message)) return [];
    this.#sent = message;
    return [{ kind: 'send', message }];
  }

  #evaluate(): readonly HealthEffect[] {
    const report = this.#report;
    if (this.#proxy === undefined || this.#spec === undefined || report === undefined || this.#draining || this.#writing !== undefined) return [];
    const up = this.#upAfter(report);
    const finding = this.#finding(report);
    // What comes back is told in any case: the Dataplane known here may be older than what this stream wrote when it went down.
    const cameBack = this.#judged && [...up].some((name) => !this.#toldUp.has(name));
    this.#judged = true;
    if (!cameBack && withFinding(this.#spec, finding) === this.#spec) {
      this.#toldUp = up;
      return [];
    }
    this.#writing = up;
    return [{ kind: 'write', finding }];
  }

  #finding({ proxy, workloads }: HealthReport): HealthFinding {
    const vitality = (name: string, up: boolean): Vitality => (up ? (this.#toldUp.has(name) ? 'steady' : 'up') : 'down');
    return {
      // Unknown is no reason to change anything.
      proxy: proxy === undefined ? 'steady' : vitality(PROXY, proxy),
      workloads: Object.fromEntries(Object.entries(workloads).map(([port, up]) => [port, vitality(port, up)])),
    };
  }

  /** What is up by a report; of what it does not mention, what was told before. */
  #upAfter({ proxy, workloads }: HealthReport): Set<string> {
    const up = new Set(this.#toldUp);
    for (const [name, isUp] of [[PROXY, proxy] as const, ...Object.entries(workloads)]) {
      if (isUp === true) up.add(name);
      if (isUp === false) up.delete(name);
    }
    return up;
  }

  // The Dataplane with the write comes by the feed; until then the next report would only repeat it.
  #settle(ok: boolean): readonly HealthEffect[] {
    const written = this.#writing;
    this.#writing = undefined;
    if (!ok || written === undefined) return [];
    this.#toldUp = new Set(written);
    return this.#report !== undefined && !equalSets(this.#upAfter(this.#report), written) ? this.#evaluate() : [];
  }
}

function onlyUp(workloads: HealthReport['workloads']): HealthReport['workloads'] {
  return Object.fromEntries(Object.entries(workloads).filter(([, up]) => up));
}

function onlyDown(workloads: HealthReport['workloads']): HealthReport['workloads'] {
  return Object.fromEntries(Object.entries(workloads).filter(([, up]) => !up));
}

function equalSets(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
