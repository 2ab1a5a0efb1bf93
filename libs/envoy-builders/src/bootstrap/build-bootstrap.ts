import type { JsonObject } from '@bufbuild/protobuf';
import { adminSocketPath, type BootstrapInput } from './bootstrap-input.ts';
import { controlPlaneService } from './control-plane-service.ts';
import { nodeMetadata } from './node-metadata.ts';
import { staticResources } from './static-resources.ts';

/**
 * The bootstrap of a proxy: `envoy.config.bootstrap.v3.Bootstrap` in its JSON form (lowerCamelCase), which is YAML as well.
 * Pure; checks nothing: the caller has validated the request.
 */
export function buildBootstrap(input: BootstrapInput): JsonObject {
  const discovery = { setNodeOnFirstMessageOnly: true, transportApiVersion: 'V3', grpcServices: [controlPlaneService(input)] };
  const overAds = { ads: {}, initialFetchTimeout: '0s', resourceApiVersion: 'V3' };
  return {
    node: { id: `${input.mesh}.${input.name}`, cluster: nodeCluster(input), metadata: nodeMetadata(input) },
    admin: admin(input),
    dynamicResources: { adsConfig: { apiType: input.delta ? 'DELTA_GRPC' : 'GRPC', ...discovery }, cdsConfig: overAds, ldsConfig: overAds },
    ...(input.hds && input.proxyType === 'dataplane' && { hdsConfig: { apiType: 'GRPC', ...discovery } }),
    staticResources: staticResources(input),
    // A user's regex may be large; Envoy only warns about it.
    layeredRuntime: { layers: [{ name: 'kuma', staticLayer: { 're2.max_program_size.error_level': 4294967295, 're2.max_program_size.warn_level': 1000 } }] },
    statsConfig: { statsTags: STATS_TAGS.map(([tagName, regex]) => ({ tagName, regex })) },
    defaultRegexEngine: { name: 'envoy.regex_engines.google_re2', typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.regex_engines.v3.GoogleRE2' } },
  };
}

/** Tags that Envoy takes out of statistic names; dashboards made for Kuma group by them. */
const STATS_TAGS = [
  ['name', '^grpc\\.((.+)\\.)'],
  ['status', '^grpc.*streams_closed(_([0-9]+))'],
  ['kafka_name', '^kafka(\\.(\\S*[0-9]))\\.'],
  ['kafka_type', '^kafka\\..*\\.(.*?(?=_duration|$))'],
  ['worker', '(worker_([0-9]+)\\.)'],
  ['listener', '((.+?)\\.)rbac\\.'],
] as const;

function nodeCluster({ proxyType, service }: BootstrapInput): string {
  return proxyType === 'dataplane' ? (service ?? 'unknown') : proxyType;
}

function admin({ admin: listener, workdir }: BootstrapInput): JsonObject {
  const fileLog = 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog';
  return {
    accessLog: [{ name: 'envoy.access_loggers.file', typedConfig: { '@type': fileLog, path: '/dev/null' } }],
    address: listener === 'socket'
      ? { pipe: { path: adminSocketPath(workdir), mode: 0o600 } }
      : { socketAddress: { address: listener.address, portValue: listener.port } },
  };
}
