import type { Forwarder } from './dns-server.ts';
import type { UpstreamQueries } from './upstream-queries.ts';

/** Hands each query to the resolvers as it came, over the transport by which it came, and their answer back as it is. */
export function plainForwarder(upstream: Pick<UpstreamQueries, 'ask' | 'isOwn'>): Forwarder {
  return {
    forward: ({ bytes }, protocol) => upstream.ask(bytes, protocol),
    isOwn: (query, sourcePort) => upstream.isOwn(query, sourcePort),
  };
}
