import type { MeshIndex } from '@weft/mesh-index';
import type { ZoneEgressSpec, ZoneIngressSpec } from '@weft/resource-model';
import type { ProxyClient, ZoneProxyType } from '../proxy-view.ts';
import type { ZoneProxyView } from './zone-proxy-view.ts';

const UNIFIED = 'feature-unified-resource-naming';
const DEFAULT_ADMIN_PORT = 9901;

/** The view of a connected zone proxy; undefined where its resource does not exist. */
export function findZoneProxy(index: MeshIndex, client: ProxyClient, type: ZoneProxyType): ZoneProxyView | undefined {
  const spec = index.zoneProxy(type, client.key.name)?.spec as ZoneIngressSpec | ZoneEgressSpec | undefined;
  if (spec === undefined) return undefined;
  const { address = '', port = 0, admin } = spec.networking ?? {};
  return {
    key: { mesh: '', name: client.key.name, type },
    client,
    zone: spec.zone ?? '',
    unifiedNaming: client.features.has(UNIFIED),
    address,
    port,
    adminPort: admin?.port ?? DEFAULT_ADMIN_PORT,
  };
}
