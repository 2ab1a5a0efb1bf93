import { parseDuration } from '@weft/kernel';
import { object, parseDocument, text, type JsonObject } from '../document-parts.ts';
import type { OtlpSignal } from './send-otlp.ts';

/** What a backend does with one signal. */
export interface SignalPlan {
  /** Variables of the environment do not count, as several backends would take the same. */
  readonly ignoresEnv: boolean;
  /** Of metrics: how often they are pushed. */
  readonly refreshIntervalMs: number;
}

/** How a backend takes variables of the environment. */
export interface EnvPolicy {
  readonly mode: 'Disabled' | 'Optional' | 'Required';
  readonly explicitFirst: boolean;
  readonly signalOverrides: boolean;
}

/** A collector that the agent forwards to. */
export interface OtelBackend {
  readonly name: string;
  /** Where Envoy sends to. */
  readonly socketPath: string;
  /** `host:port`; empty for the collector of this machine. */
  readonly endpoint: string;
  /** Undefined where the backend does not say it. */
  readonly protocol: 'grpc' | 'http' | undefined;
  readonly tls: boolean;
  /** What stands before `/v1/traces` and the like. */
  readonly path: string;
  readonly env: EnvPolicy;
  /** Those that are wanted. */
  readonly signals: Readonly<Partial<Record<OtlpSignal, SignalPlan>>>;
}

const MINUTE_MS = 60_000;
const SIGNALS: readonly OtlpSignal[] = ['traces', 'logs', 'metrics'];

/** Reads `/otel` (Kuma 2.14). A member of another shape counts as absent; undefined where the document is no JSON object. */
export function readOtelConfig(document: string): readonly OtelBackend[] | undefined {
  const parsed = parseDocument(document);
  if (parsed === undefined) return undefined;
  const { backends } = parsed;
  return (Array.isArray(backends) ? backends : []).map(object).flatMap((backend) => (text(backend['socketPath']) === '' ? [] : [readBackend(backend)]));
}

function readBackend(backend: JsonObject): OtelBackend {
  const socketPath = text(backend['socketPath']);
  return {
    name: text(backend['name']) === '' ? socketPath : text(backend['name']),
    socketPath,
    endpoint: text(backend['endpoint']),
    protocol: typeof backend['useHTTP'] === 'boolean' ? (backend['useHTTP'] ? 'http' : 'grpc') : undefined,
    tls: backend['useHTTPS'] === true,
    path: text(backend['path']),
    env: envPolicy(backend['envPolicy']),
    signals: Object.fromEntries(SIGNALS.flatMap((signal) => plan(signal, backend[signal]))),
  };
}

/** A backend that does not speak of the environment takes nothing from it. */
function envPolicy(value: unknown): EnvPolicy {
  const { mode, precedence, allowSignalOverrides } = object(value);
  return { mode: mode === 'Optional' || mode === 'Required' ? mode : 'Disabled', explicitFirst: precedence === 'ExplicitFirst', signalOverrides: allowSignalOverrides !== false };
}

function plan(signal: OtlpSignal, value: unknown): (readonly [OtlpSignal, SignalPlan])[] {
  const { enabled, blockedReasons, refreshInterval } = object(value);
  if (enabled !== true) return [];
  const every = parseDuration(text(refreshInterval));
  return [[signal, { ignoresEnv: Array.isArray(blockedReasons) && blockedReasons.includes('MultipleBackendsForSignal'), refreshIntervalMs: every.ok && every.value > 0 ? every.value : MINUTE_MS }]];
}
