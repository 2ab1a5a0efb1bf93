import type { ConfigKey } from './config-key.ts';
import { ACCESS_KEYS } from './keys/access-keys.ts';
import { API_SERVER_KEYS } from './keys/api-server-keys.ts';
import { DNS_SERVER_KEYS } from './keys/dns-server-keys.ts';
import { DP_SERVER_KEYS } from './keys/dp-server-keys.ts';
import { FEATURES_KEYS } from './keys/features-keys.ts';
import { GENERAL_KEYS } from './keys/general-keys.ts';
import { MULTIZONE_KEYS } from './keys/multizone-keys.ts';
import { OBSERVABILITY_KEYS } from './keys/observability-keys.ts';
import { RUNTIME_KEYS } from './keys/runtime-keys.ts';
import { STORE_KEYS } from './keys/store-keys.ts';
import { WEFT_KEYS } from './keys/weft-keys.ts';
import { XDS_SERVER_KEYS } from './keys/xds-server-keys.ts';

/** Every key of the configuration: the one table that loading, validation, `GET /config` and the docs go by. */
export const CONFIG_KEYS: readonly ConfigKey[] = [
  ...GENERAL_KEYS, ...STORE_KEYS, ...API_SERVER_KEYS, ...DP_SERVER_KEYS, ...XDS_SERVER_KEYS, ...DNS_SERVER_KEYS, ...MULTIZONE_KEYS,
  ...OBSERVABILITY_KEYS, ...RUNTIME_KEYS, ...FEATURES_KEYS, ...ACCESS_KEYS, ...WEFT_KEYS,
];
