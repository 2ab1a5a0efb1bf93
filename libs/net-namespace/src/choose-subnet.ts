/** A pair of networks: hosts are `<ipv4>.<n>` and `<ipv6>::<n in hexadecimal>`. */
export interface Subnet {
  /** First three bytes of an IPv4 /24, such as `198.18.7`. */
  readonly ipv4: string;
  /** First four groups of an IPv6 /64, such as `fd77:6566:74:7`. */
  readonly ipv6: string;
}

/**
 * A subnet of 198.18.0.0/16, which RFC 2544 sets aside for tests so that machines hardly use it, and one of a unique local IPv6
 * prefix. `taken` are the machine's own IPv4 addresses; the search begins at `from`, so that two at once hardly meet. Undefined:
 * all 256 are taken.
 */
export function chooseSubnet(taken: readonly string[], from: number): Subnet | undefined {
  for (let step = 0; step < 256; step++) {
    const third = (from + step) % 256;
    if (!taken.some((address) => address.startsWith(`198.18.${third}.`))) return { ipv4: `198.18.${third}`, ipv6: `fd77:6566:74:${third.toString(16)}` };
  }
  return undefined;
}

/** Both addresses of host `n` (1 to 254). */
export function hostIn(subnet: Subnet, n: number): { readonly ipv4: string; readonly ipv6: string } {
  return { ipv4: `${subnet.ipv4}.${n}`, ipv6: `${subnet.ipv6}::${n.toString(16)}` };
}
