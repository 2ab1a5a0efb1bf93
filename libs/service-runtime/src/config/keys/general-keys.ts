import type { ConfigKey } from '../config-key.ts';

/** Keys of this part of the tree: path, variable without its prefix, kind, default (durations in ms). Source: Kuma 2.14. */
export const GENERAL_KEYS: readonly ConfigKey[] = [
  ['environment', 'ENVIRONMENT', 'text', 'universal'],
  ['mode', 'MODE', 'text', 'zone'],
  ['general.workDir', 'GENERAL_WORK_DIR', 'text', ''],
  ['general.dnsCacheTTL', 'GENERAL_DNS_CACHE_TTL', 'duration', 10_000],
  ['general.tlsCertFile', 'GENERAL_TLS_CERT_FILE', 'text', ''],
  ['general.tlsKeyFile', 'GENERAL_TLS_KEY_FILE', 'text', ''],
  ['general.tlsMinVersion', 'GENERAL_TLS_MIN_VERSION', 'text', 'TLSv1_2'],
  ['general.tlsMaxVersion', 'GENERAL_TLS_MAX_VERSION', 'text', ''],
  ['general.tlsCipherSuites', 'GENERAL_TLS_CIPHER_SUITES', 'list', []],
  ['general.resilientComponentBaseBackoff', 'GENERAL_RESILIENT_COMPONENT_BASE_BACKOFF', 'duration', 5000],
  ['general.resilientComponentMaxBackoff', 'GENERAL_RESILIENT_COMPONENT_MAX_BACKOFF', 'duration', 60_000],
  ['general.certGenerationBaseBackoff', 'GENERAL_CERT_GENERATION_BASE_BACKOFF', 'duration', 5000],
  ['general.certGenerationMaxBackoff', 'GENERAL_CERT_GENERATION_MAX_BACKOFF', 'duration', 300_000],
  ['general.certGenerationCircuitBreakerMinProxies', 'GENERAL_CERT_GENERATION_CIRCUIT_BREAKER_MIN_PROXIES', 'int', 10],
];
