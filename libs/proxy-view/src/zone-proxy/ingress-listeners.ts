import type { DataplaneEntry } from '@weft/mesh-index';
import type { MeshView, ProxyClient } from '../proxy-view.ts';
import type { IngressListenerView, ZoneProxyView } from './zone-proxy-view.ts';

const REUSE_PORT = 'feature-reuse-port';

/** The listener of a ZoneIngress; `name` is what Envoy calls it. */
export function zoneIngressListener({ key, client, zone, unifiedNaming, address, port }: ZoneProxyView, name: string): IngressListenerView {
  return { name, address, port, unifiedNaming, reusePort: client.features.has(REUSE_PORT), idle: { proxy: `.${key.name}`, zone } };
}

/** The listeners of a Dataplane that take connections from other zones; only where the mesh knows nothing but MeshServices. */
export function dataplaneIngressListeners({ resource }: DataplaneEntry, mesh: MeshView, { client, nameOf }: { readonly client: ProxyClient; readonly nameOf: (section: string) => string }): readonly IngressListenerView[] {
  if (mesh.meshServicesMode !== 'Exclusive') return [];
  const { listeners = [], address: own = '' } = resource.spec.networking ?? {};
  return listeners.flatMap(({ type, state = 'Ready', name, address = own, port }) => (type !== 'ZoneIngress' || state !== 'Ready' || port === undefined ? []
    : [{ name: nameOf(name ?? String(port)), address, port, unifiedNaming: true, reusePort: client.features.has(REUSE_PORT) }]));
}
