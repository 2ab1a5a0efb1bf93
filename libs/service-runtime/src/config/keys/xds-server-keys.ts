import type { ConfigKey } from '../config-key.ts';

/** Keys of this part of the tree: path, variable without its prefix, kind, default (durations in ms). Source: Kuma 2.14. */
export const XDS_SERVER_KEYS: readonly ConfigKey[] = [
  ['xdsServer.dataplaneConfigurationRefreshInterval', 'XDS_SERVER_DATAPLANE_CONFIGURATION_REFRESH_INTERVAL', 'duration', 1000],
  ['xdsServer.dataplaneStatusFlushInterval', 'XDS_SERVER_DATAPLANE_STATUS_FLUSH_INTERVAL', 'duration', 10_000],
  ['xdsServer.dataplaneDeregistrationDelay', 'XDS_DATAPLANE_DEREGISTRATION_DELAY', 'duration', 10_000],
  ['xdsServer.nackBackoff', 'XDS_SERVER_NACK_BACKOFF', 'duration', 5000],
  ['bootstrapServer.params.adminAddress', 'BOOTSTRAP_SERVER_PARAMS_ADMIN_ADDRESS', 'text', '127.0.0.1'],
  ['bootstrapServer.params.adminPort', 'BOOTSTRAP_SERVER_PARAMS_ADMIN_PORT', 'port', 9901],
  ['bootstrapServer.params.envoyAdminUnixSocket', 'BOOTSTRAP_SERVER_PARAMS_ENVOY_ADMIN_UNIX_SOCKET', 'bool', true],
  ['bootstrapServer.params.readinessPort', 'BOOTSTRAP_SERVER_PARAMS_READINESS_PORT', 'port', 9902],
  ['bootstrapServer.params.adminAccessLogPath', 'BOOTSTRAP_SERVER_PARAMS_ADMIN_ACCESS_LOG_PATH', 'text', '/dev/null'],
  ['bootstrapServer.params.corefileTemplatePath', 'BOOTSTRAP_SERVER_PARAMS_COREFILE_TEMPLATE_PATH', 'text', ''],
  ['bootstrapServer.params.xdsGrpcMaxReceiveMessageBytes', 'BOOTSTRAP_SERVER_PARAMS_XDS_GRPC_MAX_RECEIVE_MESSAGE_BYTES', 'int', 4_194_304],
  ['bootstrapServer.params.xdsHost', 'BOOTSTRAP_SERVER_PARAMS_XDS_HOST', 'text', ''],
  ['bootstrapServer.params.xdsPort', 'BOOTSTRAP_SERVER_PARAMS_XDS_PORT', 'port', 0],
  ['bootstrapServer.params.xdsConnectTimeout', 'BOOTSTRAP_SERVER_PARAMS_XDS_CONNECT_TIMEOUT', 'duration', 1000],
  ['proxy.gateway.globalDownstreamMaxConnections', 'PROXY_GATEWAY_GLOBAL_DOWNSTREAM_MAX_CONNECTIONS', 'int', 50_000],
];
