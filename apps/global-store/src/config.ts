import type { ValidatorConfig } from '@weft/tokens';

/** Who may do something: users by name, or members of a group. */
export interface AccessList {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** One listener of the HTTP API. Port 0 takes a free one. */
export interface ListenerConfig {
  readonly enabled: boolean;
  readonly interface: string;
  readonly port: number;
}

/** The permissions of the static access provider. */
export interface StaticAccess {
  readonly adminResources: AccessList;
  readonly generateDpToken: AccessList;
  readonly generateZoneToken: AccessList;
  readonly generateUserToken: AccessList;
  readonly controlPlaneMetadata: AccessList;
  readonly viewConfigDump: AccessList;
  readonly viewStats: AccessList;
  readonly viewClusters: AccessList;
}

/** What global-store reads of the configuration tree; key names as in Kuma 2.14, durations in milliseconds. */
export interface GlobalStoreConfig {
  readonly mode: 'zone' | 'global';
  readonly environment: string;
  readonly general: { readonly workDir: string; readonly tlsCertFile: string; readonly tlsKeyFile: string };
  readonly store: { readonly type: string };
  readonly apiServer: {
    readonly readOnly: boolean;
    readonly http: ListenerConfig;
    readonly https: ListenerConfig & { readonly tlsCertFile: string; readonly tlsKeyFile: string; readonly tlsCaFile?: string; readonly requireClientCert?: boolean };
    readonly authn: {
      readonly localhostIsAdmin: boolean;
      readonly tokens: { readonly bootstrapAdminToken: boolean; readonly enableIssuer: boolean; readonly validator?: ValidatorConfig };
    };
    readonly gui: { readonly enabled: boolean; readonly basePath: string };
    /** Milliseconds. */
    readonly readHeaderTimeout: number;
    readonly readTimeout: number;
    readonly writeTimeout: number;
    readonly idleTimeout: number;
  };
  readonly dpServer: {
    readonly authn: {
      readonly dpProxy: { readonly dpToken: { readonly enableIssuer: boolean } };
      readonly zoneProxy: { readonly zoneToken: { readonly enableIssuer: boolean } };
    };
  };
  readonly access: { readonly static: StaticAccess };
  readonly defaults: { readonly skipMeshCreation: boolean };
  /** Milliseconds that a generated MeshService outlives its last dataplane. */
  readonly meshService: { readonly deletionGracePeriod: number };
  /** Milliseconds that a Dataplane outlives its proxy's last connection. */
  readonly runtime: { readonly universal: { readonly dataplaneCleanupAge: number; readonly zoneResourceCleanupAge: number } };
  /** `timeout`: milliseconds that a zone may be silent which has checked its health; 0 for any time. */
  readonly multizone: { readonly global: { readonly kds: { readonly zoneHealthCheck: { readonly timeout: number } } }; readonly zone: { readonly name: string; readonly globalAddress: string; readonly disableOriginLabelValidation?: boolean } };
}

/** True for a zone whose policies come from a global control plane. */
export function isFederatedZone(config: Pick<GlobalStoreConfig, 'mode' | 'multizone'>): boolean {
  return config.mode === 'zone' && config.multizone.zone.globalAddress !== '';
}
