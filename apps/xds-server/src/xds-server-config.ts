import type { ValidatorConfig } from '@weft/tokens';
import type { LeafKeyType } from '@weft/service-runtime';

/** What xds-server reads of the configuration tree; key names as in Kuma 2.14, durations in milliseconds. */
export interface XdsServerConfig {
  readonly dpServer: {
    /** Address to listen on; Weft's own key. Default: every address. */
    readonly interface?: string;
    /** 0 for a free port. */
    readonly port: number;
    /** Given certificate and key (files) instead of those of the control plane's own CA; empty for none. */
    readonly tlsCertFile: string;
    readonly tlsKeyFile: string;
    readonly readHeaderTimeout: number;
    readonly gracefulShutdownTimeout: number;
    readonly authn: {
      /** `dpToken` (also where empty) or `none`. */
      readonly dpProxy: { readonly type: string; readonly dpToken?: { readonly validator?: ValidatorConfig } };
      /** `zoneToken` (also where empty) or `none`. */
      readonly zoneProxy: { readonly type: string; readonly zoneToken?: { readonly validator?: ValidatorConfig } };
      readonly enableReloadableTokens: boolean;
    };
    readonly hds: {
      readonly enabled: boolean;
      readonly interval: number;
      readonly checkDefaults: { readonly timeout: number; readonly interval: number; readonly noTrafficInterval: number; readonly healthyThreshold: number; readonly unhealthyThreshold: number };
    };
  };
  readonly experimental: { readonly exposeZoneProxyMetrics: boolean };
  readonly multizone: { readonly zone: { readonly name: string } };
  /** Domain of services by their tag: agents deny what is not there. */
  readonly dnsServer: { readonly domain: string };
  readonly xdsServer: {
    readonly dataplaneDeregistrationDelay: number;
    readonly nackBackoff: number;
    /** Kind of key that leaves get; Weft's own key. */
    readonly leafKeyType: LeafKeyType;
  };
  readonly bootstrapServer: {
    readonly params: {
      readonly adminAddress: string;
      readonly adminPort: number;
      readonly adminAccessLogPath: string;
      readonly envoyAdminUnixSocket: boolean;
      readonly corefileTemplatePath: string;
      /** Host that proxies are told to use; empty for the one that the agent used. */
      readonly xdsHost: string;
      /** Port that proxies are told to use; 0 for the one listened on. */
      readonly xdsPort: number;
      readonly xdsConnectTimeout: number;
      readonly xdsGrpcMaxReceiveMessageBytes: number;
    };
  };
}
