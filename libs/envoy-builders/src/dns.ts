import { create } from '@bufbuild/protobuf';
import { SocketAddress_Protocol } from '@weft/envoy-proto/envoy/config/core/v3/address_pb.js';
import { ListenerFilterSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { DnsFilterConfigSchema } from '@weft/envoy-proto/envoy/extensions/filters/udp/dns_filter/v3/dns_filter_pb.js';
import type { DnsView } from '@weft/proxy-view';
import { listenerResource, type EnvoyResource } from './contract.ts';
import { buildDynamicRoutes } from './dynamic-config.ts';
import { duration, extension } from './message-parts.ts';
import type { NameRecord, NameRecords } from './name-records.ts';
import { statName, systemNames } from './naming.ts';

/** How long an answer may be kept, in seconds. */
const TTL_S = 30;

/** The table of names, for the agent that asks for `/dns` or as a DNS listener of Envoy itself. */
export function buildDns(records: NameRecords, dns: DnsView): EnvoyResource {
  if (dns.by === 'envoy') return dnsListener(records.list, dns);
  return buildDynamicRoutes([{ name: 'dns', ...records.document({ ttl: TTL_S, extraLabels: dns.labels, ...(dns.domains !== undefined && { domains: dns.domains }) }) }], dns.unifiedNaming);
}

function dnsListener(records: readonly NameRecord[], { unifiedNaming, port }: Extract<DnsView, { by: 'envoy' }>): EnvoyResource {
  const name = systemNames(unifiedNaming).dns;
  const virtualDomains = records.map((record) => ({
    name: record.name,
    answerTtl: duration(TTL_S * 1000),
    endpoint: { endpointConfig: { case: 'addressList' as const, value: { address: [...record.ips] } } },
  }));
  return listenerResource(create(ListenerSchema, {
    name,
    ...(unifiedNaming && { statPrefix: statName(name) }),
    address: { address: { case: 'socketAddress', value: { protocol: SocketAddress_Protocol.UDP, address: '127.0.0.1', portSpecifier: { case: 'portValue', value: port } } } },
    // Without it, Envoy refuses UDP with more than one worker.
    enableReusePort: true,
    listenerFilters: [create(ListenerFilterSchema, extension('envoy.filters.udp.dns_filter', DnsFilterConfigSchema, {
      statPrefix: 'kuma_dns',
      serverConfig: { configSource: { case: 'inlineDnsTable', value: { virtualDomains } } },
    }))],
  }));
}
