import type { ConfigKey } from '../config-key.ts';

/** Keys that Weft adds to Kuma's tree. */
export const WEFT_KEYS: readonly ConfigKey[] = [
  ['dpServer.interface', 'DP_SERVER_INTERFACE', 'text', ''],
  ['dnsServer.port', 'DNS_SERVER_PORT', 'port', 5653],
  ['store.embedded.path', 'STORE_EMBEDDED_PATH', 'text', ''],
  ['store.redis.url', 'STORE_REDIS_URL', 'text', 'redis://127.0.0.1:6379'],
  ['bus.type', 'BUS_TYPE', 'text', 'memory'],
  ['bus.nats.servers', 'BUS_NATS_SERVERS', 'list', ['nats://127.0.0.1:4222']],
  ['xdsServer.leafKeyType', 'XDS_SERVER_LEAF_KEY_TYPE', 'text', 'ec-p256'],
  ['log.level', 'LOG_LEVEL', 'text', 'info'],
  ['log.format', 'LOG_FORMAT', 'text', ''],
];
