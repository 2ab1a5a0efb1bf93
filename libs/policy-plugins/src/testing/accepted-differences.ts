type JsonMap = Record<string, unknown>;

/** Resources of one proxy as plain JSON with proto field names. */
export interface Recorded {
  listeners: JsonMap[];
  clusters: JsonMap[];
  endpoints: JsonMap[];
  routes: JsonMap[];
}

/** A deliberate difference from what Kuma 2.14.3 sends: brings the recorded side, or both, to a form that can be compared. */
export interface AcceptedDifference {
  readonly reason: string;
  /** Changes the recorded resources (and, where both must forget something, the built ones). True if anything was different. */
  readonly apply: (recorded: Recorded, built: Recorded) => boolean;
}

/** Every difference that is accepted. One that no case shows any more fails the test. */
export const ACCEPTED_DIFFERENCES: readonly AcceptedDifference[] = [
  {
    reason: 'Route configurations are resources of their own (RDS), so that a change of route does not replace a filter chain; an inbound names its routes after its listener, which is unique in a proxy.',
    apply: (recorded) => everyHcm(recorded, (hcm, listener) => moveRoutes(recorded, hcm, listener)),
  },
  {
    reason: 'RBAC of `from` is an ordered matcher with a named rule per entry and a named default denial, where Kuma has one nameless set of principals. Both sides leave it out here; goldens and real traffic test it.',
    apply: (recorded, built) => withoutPrincipalRbac(recorded, built),
  },
  {
    reason: 'The decision of HTTP RBAC stands in the routes, so that another decision replaces no filter chain and counts at once; the filter itself denies everything.',
    apply: (recorded) => everyHcm(recorded, (hcm) => moveDecision(recorded, hcm)),
  },
  {
    reason: 'The filters of faults and of rate limits are there on every http inbound, disabled, and the routes say what they do: so the first limit, and a changed fault, replace no filter chain.',
    apply: (recorded) => everyHcm(recorded, (hcm, listener) => moveFaults(recorded, hcm, listener)),
  },
  {
    reason: 'A route with a rate limit says which policy limits it, for access logs and for callers.',
    apply: (_, built) => everyObject(built.routes, (object) => JSON.stringify(object['metadata'] ?? null).includes('rate-limited-by') && Reflect.deleteProperty(object, 'metadata')),
  },
  {
    reason: 'HTTP RBAC counts per rule.',
    apply: (recorded) => everyObject([recorded.listeners, recorded.routes], (object) => {
      const rbac = isType(object, 'filters.http.rbac.v3.RBACPerRoute') ? object['rbac'] as JsonMap : object;
      if (!isType(object, 'filters.http.rbac.v3.RBAC') && rbac === object) return false;
      rbac['track_per_rule_stats'] = true;
      return true;
    }),
  },
  {
    reason: 'A mesh certificate holds several URIs, which Envoy matches as one text with commas between: the condition looks for one of them.',
    apply: (recorded) => everyObject([recorded.listeners, recorded.routes], amongUris),
  },
  {
    reason: 'The admin listener takes its certificate, and the CA of those who may call it, by SDS: neither stands in a listener, and a new one replaces no listener.',
    apply: (recorded) => recorded.listeners.filter(({ name }) => name === 'kuma:envoy:admin').map((listener) => everyObject(listener, secretsOverSds)).includes(true),
  },
  {
    reason: 'Endpoints that MeshLoadBalancingStrategy groups keep the labels that a person gave them; Kuma loses them there.',
    apply: (recorded, built) => recorded.endpoints.filter((assignment) => !JSON.stringify(assignment).includes('io.kuma.labels')).map((assignment) => {
      const ours = built.endpoints.filter((one) => one['cluster_name'] === assignment['cluster_name']);
      return everyObject(ours, (object) => object['io.kuma.labels'] !== undefined && Reflect.deleteProperty(object, 'io.kuma.labels'));
    }).includes(true),
  },
  {
    reason: 'Endpoint metadata holds what Envoy and people read, the tags for subsets and the labels that a person gave: it is sent to every proxy for each change of an endpoint.',
    apply: (recorded) => everyObject(recorded.endpoints, (object) => {
      if (object['envoy.transport_socket_match'] === undefined) return false;
      delete object['envoy.transport_socket_match'];
      if (object['io.kuma.labels'] !== undefined) object['io.kuma.labels'] = Object.fromEntries(Object.entries(object['io.kuma.labels'] as JsonMap).filter(([key]) => !key.startsWith('kuma.io/')));
      return true;
    }),
  },
  {
    reason: 'A limit that no policy sets is none: Envoy would take 1,024 connections and requests, and 3 retries, which nobody can see.',
    apply: (recorded) => everyObject(recorded.clusters, (object) => listOf((object['circuit_breakers'] as JsonMap | undefined)?.['thresholds']).map(withoutHiddenLimits).includes(true)),
  },
  {
    reason: 'A replaced path prefix that was matched with its slash keeps the slash: /old/a becomes /moved/a, not /moveda.',
    apply: (recorded) => everyObject(recorded.routes, (object) => {
      const prefix = object['prefix_rewrite'];
      if (typeof prefix !== 'string' || prefix.endsWith('/')) return false;
      object['prefix_rewrite'] = `${prefix}/`;
      return true;
    }),
  },
  {
    reason: 'A PERMISSIVE inbound takes a client that sends too little to tell TLS from plaintext for plaintext after 3 s; Kuma closes its connection after 15 s.',
    apply: (recorded) => recorded.listeners.filter((listener) => JSON.stringify(listener).includes('"transport_protocol":"raw_buffer"')).map((listener) => {
      listener['listener_filters_timeout'] = '3s';
      listener['continue_on_listener_filters_timeout'] = true;
      return true;
    }).includes(true),
  },
  {
    reason: 'The cluster of a collector of access logs is named after where it leads, where Kuma counts them in each proxy: so proxies share the listeners that refer to it.',
    apply: (recorded) => {
      const named = recorded.clusters.map(({ name, load_assignment: assignment }) => [String(name), JSON.stringify(assignment)] as const).filter(([name]) => name.startsWith('meshaccesslog:opentelemetry:'));
      for (const [name, assignment] of named) {
        const [, address = '', port = ''] = /"address":"([^"]+)","port_value":(\d+)/.exec(assignment) ?? [];
        everyText([recorded.clusters, recorded.listeners], (text) => text.replace(name, `meshaccesslog:opentelemetry:${address}:${port}`).replace(name.replaceAll(':', '_'), `meshaccesslog_opentelemetry_${address.replaceAll('.', '_')}_${port}`));
      }
      return named.length > 0;
    },
  },
  {
    reason: 'The logger of OpenTelemetry names its collector in common_config, as Envoy before 1.36 knows it too; newer ones take both.',
    apply: (recorded) => everyObject(recorded.listeners, (config) => {
      if (!isType(config, '.OpenTelemetryAccessLogConfig')) return false;
      config['common_config'] = { log_name: config['log_name'], grpc_service: config['grpc_service'], transport_api_version: 'V3' };
      delete config['log_name'];
      delete config['grpc_service'];
      return true;
    }),
  },
  {
    reason: 'Faults by tag tell whole values: `web` is not `other-web`, and a dot is a dot.',
    apply: (recorded) => everyObject(recorded.routes, (object) => {
      const match = object['name'] === 'x-kuma-tags' ? (object['string_match'] as JsonMap | undefined)?.['safe_regex'] as JsonMap | undefined : undefined;
      if (match === undefined) return false;
      match['regex'] = String(match['regex']).replaceAll('=[^&]*', '=([^&]*,)?').replaceAll('kuma.io', String.raw`kuma\.io`);
      return true;
    }),
  },
  {
    reason: 'Health checks say the tags of who asks only where a policy of the mesh tells callers apart by tag: otherwise clients of all tags share a cluster.',
    apply: (recorded) => everyObject(recorded.clusters, (object) => {
      const headers = listOf((object['http_health_check'] as JsonMap | undefined)?.['request_headers_to_add']);
      if ((headers[0]?.['header'] as JsonMap | undefined)?.['key'] !== 'x-kuma-tags') return false;
      headers.shift();
      return true;
    }),
  },
];

/** The form of a TLS context whose secrets come by SDS, given one that holds them. */
function secretsOverSds(object: JsonMap): boolean {
  const { trusted_ca: ca, ...peers } = (object['validation_context'] ?? {}) as JsonMap;
  if (object['tls_certificates'] === undefined || ca === undefined) return false;
  const secret = (name: string): JsonMap => ({ name, sds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0.001s' } });
  delete object['tls_certificates'];
  delete object['validation_context'];
  Object.assign(object, {
    tls_certificate_sds_secret_configs: [secret('envoy_admin_cert:secret')],
    combined_validation_context: { default_validation_context: peers, validation_context_sds_secret_config: secret('envoy_admin_ca:secret') },
  });
  return true;
}

const LIMITS = ['max_connections', 'max_pending_requests', 'max_requests', 'max_retries'];

function withoutHiddenLimits(threshold: JsonMap): boolean {
  const hidden = LIMITS.filter((limit) => threshold[limit] === undefined);
  for (const limit of hidden) threshold[limit] = 4_294_967_295;
  return hidden.length > 0;
}

function moveRoutes(recorded: Recorded, hcm: JsonMap, listener: JsonMap): boolean {
  const routes = hcm['route_config'] as JsonMap | undefined;
  if (routes?.['name'] === undefined) return false;
  delete hcm['route_config'];
  if (listener['traffic_direction'] === 'INBOUND') routes['name'] = listener['name'];
  hcm['rds'] = { route_config_name: routes['name'], config_source: { ads: {}, resource_api_version: 'V3' } };
  if (!recorded.routes.some(({ name }) => name === routes['name'])) recorded.routes.push({ '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration', ...routes });
  return true;
}

const HTTP_RBAC = 'envoy.filters.http.rbac';

function moveDecision(recorded: Recorded, hcm: JsonMap): boolean {
  const filter = listOf(hcm['http_filters']).find(({ name }) => name === HTTP_RBAC);
  const config = filter?.['typed_config'] as JsonMap | undefined;
  const routes = recorded.routes.find(({ name }) => name === (hcm['rds'] as JsonMap | undefined)?.['route_config_name']);
  if (filter === undefined || config?.['matcher'] === undefined || routes === undefined) return false;
  const { '@type': type, ...rbac } = config;
  for (const host of listOf(routes['virtual_hosts'])) host['typed_per_filter_config'] = { [HTTP_RBAC]: { '@type': `${String(type)}PerRoute`, rbac } };
  filter['typed_config'] = { '@type': type, 'matcher': { on_no_match: (rbac['matcher'] as JsonMap)['on_no_match'] } };
  return true;
}

const HTTP_FAULT = 'envoy.filters.http.fault';
const LIMIT = { name: 'envoy.filters.http.local_ratelimit', disabled: true, typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit', 'stat_prefix': 'rate_limit' } };

function moveFaults(recorded: Recorded, hcm: JsonMap, listener: JsonMap): boolean {
  const routes = recorded.routes.find(({ name }) => name === (hcm['rds'] as JsonMap | undefined)?.['route_config_name']);
  if (listener['traffic_direction'] !== 'INBOUND' || routes === undefined) return false;
  const filters = listOf(hcm['http_filters']);
  const faults = filters.filter(({ name }) => name === HTTP_FAULT).map((filter) => filter['typed_config'] as JsonMap);
  const slots = Array.from({ length: 4 }, (_, index) => (index === 0 ? HTTP_FAULT : `${HTTP_FAULT}.${index + 1}`));
  const others = filters.filter(({ name }) => name !== HTTP_FAULT && name !== LIMIT.name);
  const disabled = slots.map((name) => ({ name, disabled: true, typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault' } }));
  hcm['http_filters'] = [...others.slice(0, -1), ...disabled, LIMIT, ...others.slice(-1)];
  for (const host of listOf(routes['virtual_hosts'])) {
    if (faults.length > 0) host['typed_per_filter_config'] = { ...(host['typed_per_filter_config'] as JsonMap | undefined), ...Object.fromEntries(faults.map((fault, index) => [slots[index], fault])) };
  }
  return true;
}

function withoutPrincipalRbac(recorded: Recorded, built: Recorded): boolean {
  let changed = false;
  for (const listener of recorded.listeners) {
    const removed = removeRbac(listener, (config) => config['matcher'] === undefined);
    const ours = built.listeners.find(({ name }) => name === listener['name']);
    if (!removed || ours === undefined) continue;
    if (!removeRbac(ours, () => true)) throw new Error(`${String(listener['name'])}: Kuma has RBAC here and we have none`);
    for (const host of built.routes.filter(({ name }) => name === ours['name']).flatMap((routes) => listOf(routes['virtual_hosts']))) forgetRbac(host);
    changed = true;
  }
  return changed;
}

function forgetRbac(host: JsonMap): void {
  const { [HTTP_RBAC]: _, ...others } = host['typed_per_filter_config'] as JsonMap;
  if (Object.keys(others).length > 0) host['typed_per_filter_config'] = others;
  else delete host['typed_per_filter_config'];
}

function removeRbac(listener: JsonMap, which: (config: JsonMap) => boolean): boolean {
  return everyObject([listener], (object) => ['filters', 'http_filters'].map((key) => {
    const filters = listOf(object[key]);
    const kept = filters.filter((filter) => !(String(filter['name']).endsWith('.rbac') && which(filter['typed_config'] as JsonMap)));
    if (kept.length === filters.length) return false;
    object[key] = kept;
    return true;
  }).includes(true));
}

function amongUris(object: JsonMap): boolean {
  const input = (object['input'] ?? {}) as JsonMap;
  const value = object['value_match'] as JsonMap | undefined;
  if (input['name'] !== 'envoy.matching.inputs.uri_san' || value === undefined) return false;
  const escaped = String(value['exact'] ?? value['prefix']).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  object['value_match'] = { safe_regex: { google_re2: {}, regex: value['exact'] === undefined ? `(.*,)?${escaped}.*` : `(.*,)?${escaped}(,.*)?` } };
  return true;
}

function everyHcm(recorded: Recorded, visit: (hcm: JsonMap, listener: JsonMap) => boolean): boolean {
  return recorded.listeners.map((listener) => everyObject([listener], (object) => isType(object, '.HttpConnectionManager') && visit(object, listener))).includes(true);
}

/** Visits every object in depth; true if any visit was. */
function everyObject(value: unknown, visit: (object: JsonMap) => boolean): boolean {
  if (Array.isArray(value)) return value.map((item) => everyObject(item, visit)).includes(true);
  if (typeof value !== 'object' || value === null) return false;
  const here = visit(value as JsonMap);
  return Object.values(value).map((member) => everyObject(member, visit)).includes(true) || here;
}

function everyText(value: unknown, change: (text: string) => string): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (typeof member === 'string') (value as JsonMap)[key] = change(member);
    else everyText(member, change);
  }
}

function isType(object: JsonMap, suffix: string): boolean {
  return String(object['@type']).endsWith(suffix);
}

function listOf(value: unknown): JsonMap[] {
  return Array.isArray(value) ? (value as JsonMap[]) : [];
}
