import type { ConfigKey } from '../config-key.ts';

/** Keys of this part of the tree: path, variable without its prefix, kind, default (durations in ms). Source: Kuma 2.14. */
export const DNS_SERVER_KEYS: readonly ConfigKey[] = [
  ['dnsServer.domain', 'DNS_SERVER_DOMAIN', 'text', 'mesh'],
  ['dnsServer.CIDR', 'DNS_SERVER_CIDR', 'text', '240.0.0.0/4'],
  ['dnsServer.serviceVipEnabled', 'DNS_SERVER_SERVICE_VIP_ENABLED', 'bool', true],
  ['dnsServer.serviceVipPort', 'DNS_SERVER_SERVICE_VIP_PORT', 'port', 80],
  ['ipam.meshService.cidr', 'IPAM_MESH_SERVICE_CIDR', 'text', '241.0.0.0/8'],
  ['ipam.meshExternalService.cidr', 'IPAM_MESH_EXTERNAL_SERVICE_CIDR', 'text', '242.0.0.0/8'],
  ['ipam.meshMultiZoneService.cidr', 'IPAM_MESH_MULTI_ZONE_SERVICE_CIDR', 'text', '243.0.0.0/8'],
  ['ipam.allocationInterval', 'IPAM_ALLOCATION_INTERVAL', 'duration', 5000],
  ['ipam.knownInternalCIDRs', 'IPAM_KNOWN_INTERNAL_CIDRS', 'list', ['10.0.0.0/8', '192.168.0.0/16', '172.16.0.0/12', 'fc00::/7', 'fd00::/8', '127.0.0.1/32', '::1/128']],
];
