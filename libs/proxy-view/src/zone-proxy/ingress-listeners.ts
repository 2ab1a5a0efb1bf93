import type { DataplaneEntry } from '@weft/mesh-index';
import { sectionOf } from '@weft/policy-engine';
import type { MeshView, ProxyClient } from '../proxy-view.ts';
import type { IngressListenerView, ZoneProxyView } from './zone-proxy-view.ts';

const REUSE_PORT = 'feature-reuse-port';

/** The listener of a ZoneIngress; `name` is what Envoy calls it. */
export function zoneIngressListener({ key, client, zone, unifiedNaming, address, port }: ZoneProxyView, name: string): IngressListenerView {
  return { name, address, port, unifiedNaming, reusePort: client.features.has(REUSE_PORT), idle: { proxy: `.${key.name}`, zone } };
}

/** The listeners of a Dataplane that take connections from other zones; only where the mesh knows nothing but MeshServices. */
export function dataplaneIngressListeners({ listeners }: Pick<DataplaneEntry, 'listeners'>, mesh: MeshView, { client, nameOf }: { readonly client: ProxyClient; readonly nameOf: (section: string) => string }): readonly IngressListenerView[] {
  if (mesh.meshServicesMode !== 'Exclusive') return [];
  return listeners.flatMap((listener) => (listener.type !== 'ZoneIngress' || !listener.ready ? []
    : [{ name: nameOf(sectionOf(listener)), address: listener.address, port: listener.port, unifiedNaming: true, reusePort: client.features.has(REUSE_PORT) }]));
}
