import { XDS_TYPES } from '@weft/xds-core';
import type { EnvoyResource } from './contract.ts';

/** Position of a resource's type in the order in which proxies hear of types. */
export function typeOrder({ type }: EnvoyResource): number {
  return XDS_TYPES.indexOf(type);
}
