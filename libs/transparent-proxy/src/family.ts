import type { TransparentProxyConfig } from './config.ts';

/** What differs between IPv4 and IPv6 in the rules. */
export interface Family {
  readonly name: 'IPv4' | 'IPv6';
  /** Loopback as a destination. */
  readonly loopback: string;
  /** Source from which Envoy connects to the app for connections that it passes through. */
  readonly inboundSource: string;
  /** Whether an address or network is of this family. */
  readonly has: (address: string) => boolean;
}

/** Both families, in the order in which rules are set up. */
export const FAMILIES: readonly Family[] = [
  { name: 'IPv4', loopback: '127.0.0.1/32', inboundSource: '127.0.0.6/32', has: (address) => !address.includes(':') },
  { name: 'IPv6', loopback: '::1/128', inboundSource: '::6/128', has: (address) => address.includes(':') },
];

/** The families that a configuration asks for. */
export function familiesOf(config: TransparentProxyConfig): readonly Family[] {
  return FAMILIES.filter(({ name }) => config.ipFamilyMode === 'dualstack' || config.ipFamilyMode === name.toLowerCase());
}
