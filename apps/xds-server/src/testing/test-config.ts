import type { XdsServerConfig } from '../xds-server-config.ts';

/** Kuma's defaults, on loopback; port 0 is a free one. */
export function testConfig(authType: 'dpToken' | 'none' = 'none', port = 0): XdsServerConfig {
  return {
    dpServer: {
      interface: '127.0.0.1', port, tlsCertFile: '', tlsKeyFile: '', readHeaderTimeout: 5_000, gracefulShutdownTimeout: 10_000,
      authn: { dpProxy: { type: authType }, zoneProxy: { type: authType === 'none' ? 'none' : 'zoneToken' }, enableReloadableTokens: false },
      hds: { enabled: true, interval: 5_000, checkDefaults: { timeout: 2_000, interval: 1_000, noTrafficInterval: 1_000, healthyThreshold: 1, unhealthyThreshold: 1 } },
    },
    experimental: { exposeZoneProxyMetrics: false },
    multizone: { zone: { name: 'default' } },
    dnsServer: { domain: 'mesh' },
    xdsServer: { dataplaneDeregistrationDelay: 10_000, nackBackoff: 5_000, leafKeyType: 'ec-p256' },
    bootstrapServer: {
      params: {
        adminAddress: '127.0.0.1', adminPort: 9901, adminAccessLogPath: '/dev/null', envoyAdminUnixSocket: true, corefileTemplatePath: '', xdsHost: '', xdsPort: 0,
        xdsConnectTimeout: 1_000, xdsGrpcMaxReceiveMessageBytes: 4_194_304,
      },
    },
  };
}
