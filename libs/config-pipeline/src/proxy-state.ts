import type { CredentialHistory, DnsView, KnownProxy, ProxyClient, SecretRef } from '@weft/proxy-view';
import type { ProxyConfig } from './config-engine.ts';
import type { GroupState } from './group-state.ts';
import type { FinishedLayer, ServedLayers } from './layer.ts';
import type { IngressState } from './zone-proxy/ingress-state.ts';

/** A connected proxy. */
export interface ProxyState {
  readonly id: string;
  client: ProxyClient;
  /** What was found when it was last looked at as a whole. */
  known: KnownProxy | undefined;
  group: GroupState | undefined;
  /** Where the proxy is an ingress of its mesh. */
  ingress: IngressState | undefined;
  /** Which certificate it presents, and of which next one its peers know. */
  credentials: CredentialHistory;
  own: FinishedLayer | undefined;
  secrets: readonly SecretRef[];
  dns: DnsView | undefined;
  /** The layers that `config` was made of. */
  served: ServedLayers | undefined;
  config: ProxyConfig | undefined;
}

/** A proxy that has just connected. */
export function newProxy(id: string, client: ProxyClient): ProxyState {
  return { id, client, known: undefined, group: undefined, ingress: undefined, credentials: { held: undefined, released: undefined }, own: undefined, secrets: [], dns: undefined, served: undefined, config: undefined };
}
