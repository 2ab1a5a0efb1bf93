import type { ProxyClient } from '@weft/proxy-view';
import type { ConfigEngine, ProxyUpdate } from '../config-engine.ts';

/** The client of a proxy of the default mesh. */
export function client(name: string, features: readonly string[] = [], more: Partial<ProxyClient> = {}): ProxyClient {
  return {
    key: { mesh: 'default', name }, features: new Set(features), admin: { address: '127.0.0.1', port: 9901 }, readinessPort: 9902, dnsPort: undefined,
    workdir: '', ipv6Enabled: false, transparentProxy: undefined, ...more,
  };
}

/** One step; a proxy that is to present another certificate may do so at once. */
export function step(engine: ConfigEngine): ProxyUpdate | undefined {
  const update = engine.next();
  if (update?.handover !== undefined) engine.release(update.proxy, update.handover);
  return update;
}

/** Takes steps until nothing is due; the updates that carry something. */
export function drain(engine: ConfigEngine): ProxyUpdate[] {
  const updates: ProxyUpdate[] = [];
  for (let update = step(engine); update !== undefined; update = step(engine)) if (Object.keys(update.changed).length > 0) updates.push(update);
  return updates;
}
