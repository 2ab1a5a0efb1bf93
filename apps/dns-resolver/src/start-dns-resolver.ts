import { parseVipPool } from '@weft/dns-core';
import { consumeFeed } from '@weft/feed';
import { MeshError } from '@weft/kernel';
import { resourceId } from '@weft/resource-model';
import { LeasedWriter, type AppPorts, type RunningApp } from '@weft/service-runtime';
import { VipAllocator } from './vip-allocator.ts';

/** What dns-resolver reads of the configuration tree; key names as in Kuma 2.14. */
export interface DnsResolverConfig {
  readonly dnsServer: {
    /** Suffix of host names. */
    readonly domain: string;
    /** Pool of virtual addresses, e.g. `240.0.0.0/4`. */
    readonly CIDR: string;
    readonly serviceVipEnabled: boolean;
  };
}

/**
 * Starts the owner of virtual addresses: each `kuma.io/service` that a dataplane offers gets one, as a `VirtualIp`.
 * Replicas follow the feed alike; one of them, the holder of the lease `vips`, writes. Throws `config/invalid`.
 */
export async function startDnsResolver(ports: AppPorts<DnsResolverConfig>): Promise<RunningApp> {
  const { bus, clock, instance, log } = ports;
  const { CIDR, domain, serviceVipEnabled } = ports.config.dnsServer;
  const pool = parseVipPool(CIDR);
  if (!pool.ok) throw new MeshError('config/invalid', `dnsServer.CIDR: ${pool.error}`);
  if (!serviceVipEnabled) return { name: 'dns-resolver', isReady: () => true, ready: Promise.resolve(), addresses: {}, close: async () => undefined };
  const writer = new LeasedWriter({ bus, clock, instance, lease: 'vips', app: 'dns-resolver' });
  const allocator = new VipAllocator({ writer, clock, log, pool: pool.value, domain });
  const feed = consumeFeed({
    bus, clock, log, types: ['Dataplane', 'VirtualIp'],
    onSnapshot: ({ resources }) => {
      allocator.retain(new Set(resources.map(resourceId)));
      for (const resource of resources) allocator.apply({ op: 'put', resource });
      void allocator.allocate();
    },
    onChanges: (records) => {
      for (const { change } of records) allocator.apply(change);
      void allocator.allocate();
    },
  });
  let isReady = false;
  const ready = feed.ready.then(() => void (isReady = true));
  const close = async (): Promise<void> => {
    await feed.close();
    await allocator.close();
    await writer.release();
  };
  return { name: 'dns-resolver', isReady: () => isReady, ready, addresses: {}, close };
}
