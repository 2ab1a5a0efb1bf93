/** How an option's value is written and checked. */
export type OptionKind = 'boolean' | 'port' | 'ports' | 'networks' | 'uid-exclusions' | 'vnets' | 'count' | 'duration' | 'text' | 'family' | 'executables';

/** One option: its place in the file, its variable without `KUMA_TRANSPARENT_PROXY_`, and its flag if it has one. */
export interface TransparentProxyOption {
  readonly key: string;
  readonly variable: string;
  readonly flag?: string;
  readonly kind: OptionKind;
  readonly help: string;
}

const option = (key: string, flag: string | undefined, kind: OptionKind, help: string): TransparentProxyOption => ({
  key, kind, help, variable: variableOf(key), ...(flag !== undefined && { flag }),
});

/** `redirect.inbound.excludePortsForIPs` → `REDIRECT_INBOUND_EXCLUDE_PORTS_FOR_IPS`. */
function variableOf(key: string): string {
  const plain = key.replace('kumaDPUser', 'kumaDpUser').replace('UIDs', 'Uids').replace('IPs', 'Ips').replace('instanceIP', 'instanceIp');
  return plain.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll('.', '_').toUpperCase();
}

/** Every option of Kuma 2.14's `install transparent-proxy`, in the order of its help. */
export const OPTIONS: readonly TransparentProxyOption[] = [
  option('kumaDPUser', 'kuma-dp-user', 'text', 'user (name or id) as whom weft-dp runs (default: 5678, then kuma-dp, then weft-dp)'),
  option('ipFamilyMode', 'ip-family-mode', 'family', 'dualstack, ipv4 or ipv6'),
  option('redirect.inbound.enabled', 'redirect-inbound', 'boolean', 'redirect what comes in'),
  option('redirect.inbound.port', 'redirect-inbound-port', 'port', 'port of the proxy for what comes in'),
  option('redirect.inbound.includePorts', undefined, 'ports', ''),
  option('redirect.inbound.excludePorts', 'exclude-inbound-ports', 'ports', 'leave what comes in on these ports alone'),
  option('redirect.inbound.excludePortsForIPs', 'exclude-inbound-ips', 'networks', 'leave what comes from these addresses or networks alone'),
  option('redirect.inbound.insertRedirectInsteadOfAppend', 'redirect-inbound-insert-instead-of-append', 'boolean', 'put the jump before the rules that are there'),
  option('redirect.outbound.enabled', undefined, 'boolean', ''),
  option('redirect.outbound.port', 'redirect-outbound-port', 'port', 'port of the proxy for what goes out'),
  option('redirect.outbound.includePorts', undefined, 'ports', ''),
  option('redirect.outbound.excludePorts', 'exclude-outbound-ports', 'ports', 'leave what goes to these ports alone'),
  option('redirect.outbound.excludePortsForUIDs', 'exclude-outbound-ports-for-uids', 'uid-exclusions', 'leave what users send alone: [protocol:][ports:]uids, for example tcp:22,8000-8010:1000-1005'),
  option('redirect.outbound.excludePortsForIPs', 'exclude-outbound-ips', 'networks', 'leave what goes to these addresses or networks alone'),
  option('redirect.outbound.insertRedirectInsteadOfAppend', 'redirect-outbound-insert-instead-of-append', 'boolean', 'put the jump before the rules that are there'),
  option('redirect.dns.enabled', 'redirect-dns', 'boolean', 'redirect DNS to the servers of resolv.conf'),
  option('redirect.dns.captureAll', 'redirect-all-dns-traffic', 'boolean', 'redirect DNS to every server'),
  option('redirect.dns.port', 'redirect-dns-port', 'port', 'port of the DNS server beside the app'),
  option('redirect.dns.skipConntrackZoneSplit', 'skip-dns-conntrack-zone-split', 'boolean', 'track redirected and own DNS in one zone'),
  option('redirect.dns.resolvConfigPath', undefined, 'text', ''),
  option('redirect.vnet.networks', 'vnet', 'vnets', 'virtual networks as interface:CIDR (the interface may end in +), for example docker0:172.17.0.0/16'),
  option('dropInvalidPackets', 'drop-invalid-packets', 'boolean', 'drop packets that belong to no connection'),
  option('log.enabled', 'iptables-logs', 'boolean', 'have the kernel log what reaches the rules'),
  option('log.level', undefined, 'count', ''),
  option('comments.disabled', 'disable-comments', 'boolean', 'rules without comments (uninstall cannot find all of them then)'),
  option('iptablesExecutables', 'iptables-executables', 'executables', 'paths of programs as name:path, for example iptables-restore:/opt/iptables-restore'),
  option('wait', 'wait', 'count', 'seconds to wait for the lock of iptables, 0: not at all'),
  option('waitInterval', 'wait-interval', 'count', 'microseconds between looks at the lock'),
  option('retry.maxRetries', 'max-retries', 'count', 'further tries when rules cannot be set'),
  option('retry.sleepBetweenRetries', 'sleep-between-retries', 'duration', 'pause between tries'),
  option('storeFirewalld', 'store-firewalld', 'boolean', 'not built: refused'),
  option('dryRun', 'dry-run', 'boolean', 'print the rules and change nothing'),
  option('verbose', 'verbose', 'boolean', 'rules with long option names and headings'),
  option('cniMode', undefined, 'boolean', ''),
  option('ebpf.enabled', 'ebpf-enabled', 'boolean', 'not built: refused'),
  option('ebpf.instanceIP', 'ebpf-instance-ip', 'text', 'goes with --ebpf-enabled'),
  option('ebpf.bpffsPath', 'ebpf-bpffs-path', 'text', 'goes with --ebpf-enabled'),
  option('ebpf.cgroupPath', 'ebpf-cgroup-path', 'text', 'goes with --ebpf-enabled'),
  option('ebpf.programsSourcePath', 'ebpf-programs-source-path', 'text', 'goes with --ebpf-enabled'),
  option('ebpf.tcAttachIface', 'ebpf-tc-attach-iface', 'text', 'goes with --ebpf-enabled'),
];
