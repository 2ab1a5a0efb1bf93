import { sectionOf } from '@weft/policy-engine';
import type { KnownProxy } from '../build-proxy-view.ts';
import { rulesOf } from '../inbound-views.ts';
import type { InboundPolicyRules } from '../proxy-view.ts';
import type { IngressListenerView, ZoneProxyView } from './zone-proxy-view.ts';

const REUSE_PORT = 'feature-reuse-port';

/** The listener of a ZoneIngress; `name` is what Envoy calls it. */
export function zoneIngressListener({ key, client, zone, unifiedNaming, address, port }: ZoneProxyView, name: string): IngressListenerView {
  return { name, address, port, unifiedNaming, reusePort: client.features.has(REUSE_PORT), idle: { proxy: `.${key.name}`, zone } };
}

/** Policies that count where connections are passed on as they are. */
const POLICIES: ReadonlySet<string> = new Set(['MeshAccessLog', 'MeshRateLimit', 'MeshTimeout']);

/** The listeners of a Dataplane that take connections from other zones; only where the mesh knows nothing but MeshServices. `nameOf`: Envoy's name of the listener of a section. */
export function dataplaneIngressListeners({ entry, meshView, client, mesh, matched }: Omit<KnownProxy, 'credentials' | 'class'>, nameOf: (section: string) => string): readonly IngressListenerView[] {
  if (meshView.meshServicesMode !== 'Exclusive') return [];
  return entry.listeners.flatMap((listener, index) => {
    if (listener.type !== 'ZoneIngress' || !listener.ready) return [];
    const rules = passedOn(rulesOf({ matched, state: mesh }, ({ perListener }) => perListener[index]));
    return [{ name: nameOf(sectionOf(listener)), address: listener.address, port: listener.port, unifiedNaming: true, reusePort: client.features.has(REUSE_PORT), ...(Object.keys(rules).length > 0 && { rules }) }];
  });
}

function passedOn(rules: Readonly<Record<string, InboundPolicyRules>>): Readonly<Record<string, InboundPolicyRules>> {
  return Object.fromEntries(Object.entries(rules).filter(([type]) => POLICIES.has(type)));
}
