import type { ValidatorConfig } from '@weft/tokens';

/** What both sides of a sync are told. Durations in milliseconds. */
export interface KdsStreamConfig {
  /** The largest message, in bytes. */
  readonly maxMsgSize: number;
  /** How long a type rests after a NACK. */
  readonly nackBackoff: number;
  readonly labels: { readonly skipPrefixes: readonly string[] };
  /** So long may nothing move while something is due, before the link is made anew; Weft's own key. */
  readonly stallTimeout: number;
}

/** How a zone reaches its global control plane. */
export interface ZoneLinkConfig {
  /** PEM file with the CA of the global control plane's certificate; empty: those of the machine. */
  readonly rootCaFile: string;
  readonly tlsSkipVerify: boolean;
  /** The zone token, or the file that holds it, which wins; Weft's own keys. Empty for none. */
  readonly token: string;
  readonly tokenFile: string;
  /** The first pause before another attempt; later ones double up to twelve times this. Weft's own key. */
  readonly retryBackoff: number;
}

/** What kds-sync reads of the configuration tree; key names as in Kuma 2.14, durations in milliseconds. */
export interface KdsSyncConfig {
  readonly mode: 'zone' | 'global';
  readonly environment: string;
  readonly general: { readonly workDir: string };
  readonly store: { readonly type: string };
  readonly multizone: {
    readonly global: {
      readonly kds: KdsStreamConfig & {
        /** Address to listen on; Weft's own key. Empty for every address. */
        readonly interface: string;
        /** 0 for a free port. */
        readonly grpcPort: number;
        readonly tlsEnabled: boolean;
        /** Given certificate and key (files) instead of those of the control plane's own CA; empty for none. */
        readonly tlsCertFile: string;
        readonly tlsKeyFile: string;
        /** `timeout` 0: presence follows from streams alone. */
        readonly zoneHealthCheck: { readonly pollInterval: number; readonly timeout: number; readonly closeStaleConn: boolean };
      };
    };
    readonly zone: {
      readonly name: string;
      /** `grpcs://host:port` or `grpc://host:port`; empty for a zone that stands alone. */
      readonly globalAddress: string;
      readonly kds: KdsStreamConfig & ZoneLinkConfig;
    };
  };
  /** Weft's own key: whether the global control plane lets zones in without a token; a bad one is refused always. */
  readonly kds: { readonly auth: 'token' | 'none' };
  readonly dpServer: { readonly authn: { readonly zoneProxy: { readonly zoneToken: { readonly validator?: ValidatorConfig } } } };
}
