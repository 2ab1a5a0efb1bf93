import type { ConfigKey } from '../config-key.ts';

/** Clients of a private network; a DNS server that answers everybody for the world is a tool for attacks. */
const PRIVATE_RANGES = ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16', '198.18.0.0/15', '::1/128', 'fc00::/7', 'fe80::/10'];

/** Keys that Weft adds to Kuma's tree. */
export const WEFT_KEYS: readonly ConfigKey[] = [
  ['dpServer.interface', 'DP_SERVER_INTERFACE', 'text', ''],
  ['dnsServer.enabled', 'DNS_SERVER_ENABLED', 'bool', true],
  ['dnsServer.interface', 'DNS_SERVER_INTERFACE', 'text', ''],
  ['dnsServer.port', 'DNS_SERVER_PORT', 'port', 5653],
  ['dnsServer.upstreams', 'DNS_SERVER_UPSTREAMS', 'list', []],
  ['dnsServer.forwardFor', 'DNS_SERVER_FORWARD_FOR', 'list', PRIVATE_RANGES],
  ['monitoringAssignmentServer.interface', 'MONITORING_ASSIGNMENT_SERVER_INTERFACE', 'text', ''],
  ['store.embedded.path', 'STORE_EMBEDDED_PATH', 'text', ''],
  ['store.redis.url', 'STORE_REDIS_URL', 'text', 'redis://127.0.0.1:6379'],
  ['bus.type', 'BUS_TYPE', 'text', 'memory'],
  ['bus.nats.servers', 'BUS_NATS_SERVERS', 'list', ['nats://127.0.0.1:4222']],
  ['xdsServer.leafKeyType', 'XDS_SERVER_LEAF_KEY_TYPE', 'text', 'ec-p256'],
  ['multizone.global.kds.interface', 'MULTIZONE_GLOBAL_KDS_INTERFACE', 'text', ''],
  ['multizone.zone.kds.token', 'MULTIZONE_ZONE_KDS_TOKEN', 'text', ''],
  ['multizone.zone.kds.tokenFile', 'MULTIZONE_ZONE_KDS_TOKEN_FILE', 'text', ''],
  ['multizone.zone.kds.stallTimeout', 'MULTIZONE_ZONE_KDS_STALL_TIMEOUT', 'duration', 60_000],
  ['multizone.zone.kds.retryBackoff', 'MULTIZONE_ZONE_KDS_RETRY_BACKOFF', 'duration', 5000],
  ['multizone.global.kds.stallTimeout', 'MULTIZONE_GLOBAL_KDS_STALL_TIMEOUT', 'duration', 60_000],
  ['kds.auth', 'KDS_AUTH', 'text', 'none'],
  ['log.level', 'LOG_LEVEL', 'text', 'info'],
  ['log.format', 'LOG_FORMAT', 'text', ''],
];
