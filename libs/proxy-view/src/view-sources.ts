import type { MeshIndex } from '@weft/mesh-index';
import type { Naming } from './naming.ts';

/** What views are built from. */
export interface ViewSources {
  readonly index: MeshIndex;
  readonly naming: Naming;
  /** Whether every proxy of a service can take mesh TLS: decides how a PERMISSIVE mesh dials it. */
  readonly tlsReady: (mesh: string, service: string) => boolean;
  /** The domain of services by their tag (`dnsServer.domain`); default: `mesh`, which every agent knows. */
  readonly serviceDomain?: string;
  /** Zone proxies show their statistics in plaintext (`experimental.exposeZoneProxyMetrics`). Default: no. */
  readonly zoneProxyMetrics?: boolean;
}
