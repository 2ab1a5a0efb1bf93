export { startDnsResolver, type DnsResolverConfig } from './start-dns-resolver.ts';
export { VIP_GRACE_MS } from './vip-allocator.ts';
