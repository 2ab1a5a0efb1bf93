import type { CaServiceConfig } from '@weft/ca-service';
import type { DnsResolverConfig } from '@weft/dns-resolver';
import type { GlobalStoreConfig } from '@weft/global-store';
import type { KdsSyncConfig } from '@weft/kds-sync';
import type { MonitoringAssignmentConfig } from '@weft/monitoring-assignment';
import type { LogLevel } from '@weft/service-runtime';
import type { XdsServerConfig } from '@weft/xds-server';
import type { ZoneIngressConfig } from '@weft/zone-ingress';

/** What composing the apps needs of the configuration, beside what each app needs. */
export interface CompositionConfig {
  readonly general: { readonly workDir: string };
  readonly store: { readonly type: string; readonly embedded: { readonly path: string }; readonly redis: { readonly url: string } };
  readonly bus: { readonly type: string; readonly nats: { readonly servers: readonly string[] } };
  /** `format` is empty for the choice by terminal. */
  readonly log: { readonly level: LogLevel; readonly format: '' | 'plain' | 'json' };
  readonly diagnostics: { readonly serverPort: number };
}

/** The configuration tree as the apps see it. The loader's table of keys is what makes it true; a test starts every app on it. */
export type ControlPlaneConfig = CompositionConfig & GlobalStoreConfig & XdsServerConfig & CaServiceConfig & DnsResolverConfig & MonitoringAssignmentConfig & KdsSyncConfig & ZoneIngressConfig;
