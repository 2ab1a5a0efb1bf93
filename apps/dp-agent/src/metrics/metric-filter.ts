import type { MetricSelector, SidecarProfile } from './metrics-config.ts';

/** Says whether a metric of this name is wanted. */
export type MetricFilter = (name: string) => boolean;

/**
 * The profile `Basic`: traffic, errors, latency and saturation of clusters, HTTP listeners and TCP proxies, who is refused, and whether Envoy
 * itself is well.
 */
const BASIC = [
  /^envoy_cluster_(upstream_(rq|cx)_|external_upstream_rq|membership_|lb_healthy|outlier_detection_|circuit_breakers_|health_check_|ssl_(handshake|fail_))/,
  /^envoy_http_(downstream_(rq|cx)_|rbac_|local_rate_limit_|fault_|rq_)/,
  /^envoy_listener_(downstream_cx_|http_downstream_rq_|ssl_)/,
  /^envoy_(tcp_downstream_|rbac_|http_local_rate_limit_)/,
  /^envoy_server_(live|state|uptime|memory_|concurrency|total_connections|days_until_first_cert_expiring|version|worker_)/,
  /^envoy_control_plane_(connected_state|rate_limit_enforced)/,
  /^envoy_cluster_manager_(active_clusters|warming_clusters|cds_update_)/,
  /^envoy_listener_manager_(total_listeners|total_listeners_|listener_create_|lds_update_)/,
];

/** What a profile lets through: what its names choose (all, where it has none), without what is excluded, and what is included in any case. */
export function metricFilter({ profiles, include, exclude }: SidecarProfile): MetricFilter {
  const base = baseOf(profiles);
  const included = include.map(matcher);
  const excluded = exclude.map(matcher);
  return (name) => included.some((matches) => matches(name)) || (base(name) && !excluded.some((matches) => matches(name)));
}

function baseOf(profiles: readonly string[]): MetricFilter {
  if (profiles.length === 0 || profiles.includes('All')) return () => true;
  return profiles.includes('Basic') ? (name) => BASIC.some((pattern) => pattern.test(name)) : () => false;
}

/** An expression that cannot be one matches nothing. */
function matcher({ type, match }: MetricSelector): MetricFilter {
  switch (type) {
    case 'Prefix': return (name) => name.startsWith(match);
    case 'Exact': return (name) => name === match;
    case 'Contains': return (name) => name.includes(match);
    case 'Regex': return regexMatcher(match);
    default: return () => false;
  }
}

function regexMatcher(source: string): MetricFilter {
  try {
    const pattern = new RegExp(source);
    return (name) => pattern.test(name);
  } catch {
    return () => false;
  }
}
