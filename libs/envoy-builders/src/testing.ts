import type { BootstrapInput } from './bootstrap/bootstrap-input.ts';

/** A complete bootstrap input for tests; give what the test is about. */
export function bootstrapInput(over: Partial<BootstrapInput> = {}): BootstrapInput {
  return {
    mesh: 'default', name: 'web-1', proxyType: 'dataplane', service: 'web', xds: { host: 'cp.local', port: 5678, caPem: 'CA' }, token: undefined, admin: 'socket', adminPort: 9901,
    unifiedNaming: false, delta: false, hds: true, workdir: '/run/weft', features: [], version: undefined, resourceText: undefined, dnsPort: undefined, readinessPort: undefined,
    appProbeProxyEnabled: false, ipv6Enabled: false, systemCaPath: '', metricsCertPath: '', metricsKeyPath: '', spireSocketPath: '', dynamicMetadata: {}, otelEnv: undefined, transparentProxy: undefined,
    ...over,
  };
}
