import type { DataplaneSpec, MeshSpec } from '@weft/resource-model';

type Plain = Readonly<Record<string, unknown>>;

/** TLS modes of a Mesh's backend, as MeshMetric names them. */
const TLS_MODES: Readonly<Record<string, string>> = { activeMTLSBackend: 'ActiveMTLSBackend', providedTLS: 'ProvidedTLS', disabled: 'Disabled' };

/**
 * The enabled metrics backend of the Mesh, with what the Dataplane says otherwise, as a conf of MeshMetric; undefined where there is none.
 * Defaults are Kuma's 2.14: port 5670, `/metrics`, mutual TLS of the mesh unless `skipMTLS`.
 */
export function meshMetrics({ metrics }: MeshSpec, { metrics: own }: DataplaneSpec): Plain | undefined {
  const enabled = metrics?.backends?.find(({ name }) => name === metrics.enabledBackend);
  if (enabled === undefined || (enabled.type ?? 'prometheus') !== 'prometheus') return undefined;
  const base = plain(enabled.conf);
  const over = plain(own?.conf);
  const { port, path, skipMTLS, tls } = { ...base, ...over };
  const mode = skipMTLS === true ? 'Disabled' : tlsMode(plain(tls)['mode']);
  return {
    backends: [{ type: 'Prometheus', prometheus: { port: port ?? 5670, path: path ?? '/metrics', tls: { mode } } }],
    applications: aggregated(base, over),
    sidecar: sidecar({ ...plain(base['envoy']), ...plain(over['envoy']) }),
  };
}

function tlsMode(mode: unknown): string {
  return (typeof mode === 'string' ? TLS_MODES[mode] : undefined) ?? 'ActiveMTLSBackend';
}

/** By name, the Dataplane's own before those of the mesh; `enabled: false` takes one away. */
function aggregated(base: Plain, over: Plain): Plain[] {
  const all = new Map([...list(base['aggregate']), ...list(over['aggregate'])].map((entry) => [entry['name'], entry]));
  return [...all.values()].filter(({ enabled, port }) => enabled !== false && port !== undefined).map(({ name, port, path, address }) => ({ name, port, ...(path !== undefined && { path }), ...(address !== undefined && { address }) }));
}

function sidecar({ filterRegex, usedOnly }: Plain): Plain {
  const filtered = typeof filterRegex === 'string' && filterRegex !== '';
  return { includeUnused: usedOnly !== true, ...(filtered && { profiles: { appendProfiles: [{ name: 'None' }], include: [{ type: 'Regex', match: filterRegex }] } }) };
}

function plain(value: unknown): Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Plain) : {};
}

function list(value: unknown): Plain[] {
  return Array.isArray(value) ? value.map(plain) : [];
}
