import type { ZoneEgressSpec, ZoneIngressSpec } from '@weft/resource-model';
import type { ProxyClient, ZoneProxyType } from '../proxy-view.ts';
import type { ViewSources } from '../view-sources.ts';
import type { ZoneProxyView } from './zone-proxy-view.ts';

const UNIFIED = 'feature-unified-resource-naming';
const DEFAULT_ADMIN_PORT = 9901;
const EVERY_ADDRESS = '0.0.0.0';

/** The view of a connected zone proxy; undefined where its resource does not exist. */
export function findZoneProxy({ index, zoneProxyMetrics }: Pick<ViewSources, 'index' | 'zoneProxyMetrics'>, client: ProxyClient, type: ZoneProxyType): ZoneProxyView | undefined {
  const spec = index.zoneProxy(type, client.key.name)?.spec as ZoneIngressSpec | ZoneEgressSpec | undefined;
  if (spec === undefined) return undefined;
  const { address = '', port = 0, admin } = spec.networking ?? {};
  return {
    key: { mesh: '', name: client.key.name, type },
    client,
    zone: spec.zone ?? '',
    unifiedNaming: client.features.has(UNIFIED),
    // An ingress need not say on which of its addresses it listens.
    address: address === '' ? EVERY_ADDRESS : address,
    port,
    adminPort: admin?.port ?? DEFAULT_ADMIN_PORT,
    ...(zoneProxyMetrics === true && { exposeMetrics: true }),
  };
}
