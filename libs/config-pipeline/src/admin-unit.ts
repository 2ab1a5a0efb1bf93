import { buildAdmin, type AdminView } from '@weft/envoy-builders';
import { canonicalJson } from '@weft/kernel';
import type { Unit } from './generator.ts';

/** The admin resources of a proxy of any kind; none where the agent names no admin endpoint. */
export function adminUnit(view: AdminView): readonly Unit[] {
  const { address, adminPort, unifiedNaming, client, exposeMetrics = false } = view;
  const key = canonicalJson({ address, adminPort, unifiedNaming, exposeMetrics, admin: client.admin, readinessPort: client.readinessPort, ipv6: client.ipv6Enabled, reusePort: client.features.has('feature-reuse-port') });
  return client.admin === undefined ? [] : [{ id: 'admin', key: `admin ${key}`, build: () => buildAdmin(view) }];
}
