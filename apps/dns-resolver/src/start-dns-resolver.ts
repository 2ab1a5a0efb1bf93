import { parseVipPool, type VipPool } from '@weft/dns-core';
import { consumeFeed } from '@weft/feed';
import { MeshError } from '@weft/kernel';
import { resourceId, type Change } from '@weft/resource-model';
import { LeasedWriter, type AppPorts, type RunningApp } from '@weft/service-runtime';
import { serveNames, type NameServerConfig } from './serve-names.ts';
import { ServedNames } from './served-names.ts';
import { SERVICE_KINDS, type ServiceType } from './service-kinds.ts';
import { ServiceNames } from './service-names.ts';
import { ServiceNamesWriter } from './service-names-writer.ts';
import { VipAllocator } from './vip-allocator.ts';

/** What dns-resolver reads of the configuration tree; key names as in Kuma 2.14. */
export interface DnsResolverConfig {
  readonly dnsServer: NameServerConfig & {
    /** Suffix of host names. */
    readonly domain: string;
    /** Pool of virtual addresses, e.g. `240.0.0.0/4`. */
    readonly CIDR: string;
    readonly serviceVipEnabled: boolean;
  };
  /** Pools of the addresses of services that are resources. */
  readonly ipam: Readonly<Record<'meshService' | 'meshExternalService' | 'meshMultiZoneService', { readonly cidr: string }>>;
}

/**
 * Starts the owner of virtual addresses: each `kuma.io/service` that a dataplane offers and each host of a VirtualOutbound
 * gets one, as a `VirtualIp`; each MeshService, MeshExternalService and MeshMultiZoneService gets an address and the names
 * that HostnameGenerators give it, in its status. Serves all these names by DNS.
 * Replicas follow the feed alike; one of them, the holder of a lease, writes. Throws `config/invalid`.
 */
export async function startDnsResolver(ports: AppPorts<DnsResolverConfig>): Promise<RunningApp> {
  const { bus, clock, instance, log } = ports;
  const { CIDR, domain, serviceVipEnabled } = ports.config.dnsServer;
  const { ipam } = ports.config;
  // Names of the older kind keep out of the pools of resources, which lie inside theirs.
  const pool = poolFrom('dnsServer.CIDR', CIDR, SERVICE_KINDS.map(({ selector }) => ipam[selector].cidr));
  const pools = Object.fromEntries(SERVICE_KINDS.map(({ type, selector, poolKey }) => [type, poolFrom(poolKey, ipam[selector].cidr, [])])) as Readonly<Record<ServiceType, VipPool>>;
  const writer = new LeasedWriter({ bus, clock, instance, lease: 'vips', app: 'dns-resolver' });
  const allocator = new VipAllocator({ writer, clock, log, pool, domain, services: serviceVipEnabled });
  const names = new ServiceNames(pools);
  const namesLease = new LeasedWriter({ bus, clock, instance, lease: 'service-names', app: 'dns-resolver' });
  const namesWriter = new ServiceNamesWriter({ names, writer: namesLease, clock, log });
  const served = new ServedNames(domain);
  const dns = await serveNames({ config: ports.config.dnsServer, lookup: (name) => served.lookup(name), clock, log });
  const apply = (change: Change): void => {
    served.apply(change);
    names.apply(change);
    allocator.apply(change);
  };
  const write = (): void => {
    void allocator.allocate();
    void namesWriter.write();
  };
  const feed = consumeFeed({
    bus, clock, log, types: ['Dataplane', 'ZoneIngress', 'ExternalService', 'VirtualIp', 'VirtualOutbound', 'HostnameGenerator', ...SERVICE_KINDS.map(({ type }) => type)],
    onSnapshot: ({ resources }) => {
      const present = new Set(resources.map(resourceId));
      for (const state of [served, names, allocator]) state.retain(present);
      for (const resource of resources) apply({ op: 'put', resource });
      served.complete();
      write();
    },
    onChanges: (records) => {
      for (const { change } of records) apply(change);
      write();
    },
  });
  let isReady = false;
  const ready = feed.ready.then(() => void (isReady = true));
  const close = async (): Promise<void> => {
    dns?.close();
    await feed.close();
    await Promise.all([allocator.close(), namesWriter.close()]);
    await Promise.all([writer.release(), namesLease.release()]);
  };
  return { name: 'dns-resolver', isReady: () => isReady, ready, addresses: dns === undefined ? {} : { dns: dns.address }, held: () => ({ host_names: allocator.size, dns_names: served.size, ...dns?.held() }), close };
}

function poolFrom(key: string, cidr: string, reserved: readonly string[]): VipPool {
  const pool = parseVipPool(cidr, reserved);
  if (!pool.ok) throw new MeshError('config/invalid', `${key}: ${pool.error}`);
  return pool.value;
}
