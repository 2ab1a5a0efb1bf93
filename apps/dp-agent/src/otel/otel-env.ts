import type { OtelBackend, SignalPlan } from './otel-config.ts';
import type { OtlpPlace, OtlpSignal } from './send-otlp.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What the variables of one layer say: `OTEL_EXPORTER_OTLP_*`, or those of a signal, such as `OTEL_EXPORTER_OTLP_TRACES_*`. */
interface Layer {
  readonly endpoint: string | undefined;
  readonly protocol: string | undefined;
  readonly headers: string | undefined;
}

/** Where a signal of a backend goes, or why it goes nowhere. */
export type OtelRoute = { readonly place: OtlpPlace } | { readonly blocked: string };

const PREFIX = 'OTEL_EXPORTER_OTLP_';
const GRPC_PORT = 4317;
const HTTP_PORT = 4318;

/** Fields whose presence is told to the control plane, by their variable; values stay here. */
const FIELDS = { endpointPresent: 'ENDPOINT', protocolPresent: 'PROTOCOL', headersPresent: 'HEADERS', timeoutPresent: 'TIMEOUT', compressionPresent: 'COMPRESSION', insecurePresent: 'INSECURE', certificatePresent: 'CERTIFICATE', clientCertificatePresent: 'CLIENT_CERTIFICATE', clientKeyPresent: 'CLIENT_KEY' } as const;

/** What the bootstrap request says of the environment: which variables are there, by layer; null for a layer without any. Source: Kuma 2.14. */
export function otelInventory(env: Env): Readonly<Record<string, unknown>> {
  const layer = (infix: string): Readonly<Record<string, boolean>> | null => {
    const present = Object.fromEntries(Object.entries(FIELDS).map(([field, name]) => [field, given(env, infix + name) !== undefined]));
    return Object.values(present).some(Boolean) ? present : null;
  };
  return { pipeEnabled: true, shared: layer(''), traces: layer('TRACES_'), logs: layer('LOGS_'), metrics: layer('METRICS_'), validationErrors: [] };
}

/** Joins what a backend says with what the environment says, each field by itself, in the order that the backend wants; then come defaults. `localhost`: address of this machine's collector. */
export function otelRoute(backend: OtelBackend, { signal, plan, env, localhost }: { readonly signal: OtlpSignal; readonly plan: SignalPlan; readonly env: Env; readonly localhost: string }): OtelRoute {
  const { env: policy } = backend;
  const usesEnv = policy.mode !== 'Disabled' && !plan.ignoresEnv;
  const own = usesEnv && policy.signalOverrides ? layerOf(env, `${signal.toUpperCase()}_`) : NOTHING;
  const shared = usesEnv ? layerOf(env, '') : NOTHING;
  if (policy.mode === 'Required' && (own.endpoint ?? shared.endpoint) === undefined) return { blocked: `RequiredEnvMissing: the backend wants its endpoint from ${PREFIX}ENDPOINT, which is not set` };
  const isExplicit = backend.endpoint !== '';
  const fromEnv = policy.explicitFirst && isExplicit ? undefined : own.endpoint ?? shared.endpoint;
  const protocols = policy.explicitFirst ? [backend.protocol, own.protocol, shared.protocol] : [own.protocol, shared.protocol, backend.protocol];
  const isHttp = /^http/.test(protocols.find((protocol) => protocol !== undefined) ?? 'grpc');
  const headers = headersOf(own.headers ?? shared.headers ?? '');
  if (fromEnv === undefined) {
    const { host, port } = splitHost(backend.endpoint, isHttp ? HTTP_PORT : GRPC_PORT);
    return { place: { at: { host: host === '' ? localhost : host, port, tls: backend.tls }, httpPath: isHttp ? below(backend.path, signal) : undefined, headers } };
  }
  return placeOf(fromEnv, { isHttp, path: (pathname) => (fromEnv === own.endpoint ? pathname : below(pathname, signal)), headers });
}

const NOTHING: Layer = { endpoint: undefined, protocol: undefined, headers: undefined };

function layerOf(env: Env, infix: string): Layer {
  return { endpoint: given(env, `${infix}ENDPOINT`), protocol: given(env, `${infix}PROTOCOL`), headers: given(env, `${infix}HEADERS`) };
}

/** An empty variable is none (OpenTelemetry's rule). */
function given(env: Env, name: string): string | undefined {
  const value = env[PREFIX + name]?.trim();
  return value === '' ? undefined : value;
}

/** The endpoint of a variable is a URL; that of one signal is taken as it is, the shared one is the base of all three. */
function placeOf(endpoint: string, { isHttp, path, headers }: { readonly isHttp: boolean; readonly path: (pathname: string) => string; readonly headers: OtlpPlace['headers'] }): OtelRoute {
  const text = endpoint.includes('://') ? endpoint : `http://${endpoint}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return { blocked: `the endpoint "${endpoint}" of the environment is no URL` };
  const tls = url.protocol === 'https:';
  const port = url.port === '' ? (isHttp ? (tls ? 443 : 80) : GRPC_PORT) : Number(url.port);
  return { place: { at: { host: url.hostname.replace(/^\[|\]$/g, ''), port, tls }, httpPath: isHttp ? path(url.pathname) : undefined, headers } };
}

function below(path: string, signal: OtlpSignal): string {
  return `${path.replace(/\/$/, '')}/v1/${signal}`;
}

function splitHost(endpoint: string, usual: number): { readonly host: string; readonly port: number } {
  const parts = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(endpoint);
  return { host: parts?.[1] ?? endpoint, port: parts?.[2] === undefined ? usual : Number(parts[2]) };
}

/** `name=value` pairs with commas between, values percent-encoded. */
function headersOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(text.split(',').flatMap((pair) => {
    const [name = '', ...value] = pair.split('=');
    return name.trim() === '' || value.length === 0 ? [] : [[name.trim().toLowerCase(), decoded(value.join('=').trim())]];
  }));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
