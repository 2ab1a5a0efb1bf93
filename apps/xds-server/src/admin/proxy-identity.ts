import { sha256Hex } from '@weft/kernel';
import type { ResourceKey } from '@weft/resource-model';

/** Longest name that a certificate may hold. */
const MAX_NAME = 253;

/**
 * The DNS name (SAN) that stands for a proxy in the certificate of its admin listener: `<type>.<mesh>.<name>` in lower case, its
 * hash where that is too long. It names the proxy, not its address: who takes over an address cannot speak for the proxy.
 */
export function proxyIdentity({ type, mesh, name }: ResourceKey): string {
  const identity = [type.toLowerCase(), ...(mesh === '' ? [] : [mesh]), name].join('.');
  return identity.length > MAX_NAME ? sha256Hex(identity) : identity;
}
