export { CachingForwarder, type CachingForwarderOptions } from './caching-forwarder.ts';
export type { CacheLimits } from './answer-cache.ts';
export { canonicalName } from './domain-name.ts';
export { startDnsServer, type DnsServer, type DnsServerOptions, type Forwarder, type Protocol } from './dns-server.ts';
export { hostResolvers, parseResolver, readResolvConf, type Resolver } from './host-resolvers.ts';
export { NameIndex, type Lookup, type NameIndexOptions, type Zone } from './name-index.ts';
export { plainForwarder } from './plain-forwarder.ts';
export { UpstreamQueries, type NoAnswer, type UpstreamOptions } from './upstream-queries.ts';
