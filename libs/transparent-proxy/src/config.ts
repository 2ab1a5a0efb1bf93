/** Families whose traffic is redirected. `ipv6` alone is ours: hosts without IPv4. */
export type IpFamilyMode = 'dualstack' | 'ipv4' | 'ipv6';

/** Redirection in one direction. Ports are single ports or ranges as iptables writes them (`80`, `8000:8010`). */
export interface DirectionConfig {
  readonly enabled: boolean;
  /** Port of Envoy's catch-all listener. */
  readonly port: number;
  /** If not empty, only these ports are redirected and `excludePorts` has no effect. */
  readonly includePorts: readonly string[];
  readonly excludePorts: readonly string[];
  /** Addresses or networks that are left alone: sources of inbound, destinations of outbound traffic. */
  readonly excludePortsForIPs: readonly string[];
  /** Whether the jump stands before the rules that are there. */
  readonly insertRedirectInsteadOfAppend: boolean;
}

/** Configuration of a transparent proxy, in the shape of Kuma 2.14's file. */
export interface TransparentProxyConfig {
  /** User (name or id) as whom the agent and Envoy run: their own traffic is not redirected. Empty: 5678, then `kuma-dp`, then `weft-dp`. */
  readonly kumaDPUser: string;
  readonly ipFamilyMode: IpFamilyMode;
  readonly redirect: {
    readonly inbound: DirectionConfig;
    readonly outbound: DirectionConfig & {
      /** `[protocol:][ports:]uids`. */
      readonly excludePortsForUIDs: readonly string[];
    };
    readonly dns: {
      readonly enabled: boolean;
      /** Redirect DNS to every server, not only to those of resolv.conf. */
      readonly captureAll: boolean;
      readonly port: number;
      readonly skipConntrackZoneSplit: boolean;
      readonly resolvConfigPath: string;
    };
    /** `interface:CIDR`: virtual networks, such as a container bridge, whose traffic is outbound traffic of this machine. */
    readonly vnet: { readonly networks: readonly string[] };
  };
  readonly dropInvalidPackets: boolean;
  readonly log: { readonly enabled: boolean; readonly level: number };
  readonly comments: { readonly disabled: boolean };
  /** Paths by program name (`iptables-restore`, …). */
  readonly iptablesExecutables: Readonly<Record<string, string>>;
  /** Seconds to wait for the lock of iptables; 0: not at all. */
  readonly wait: number;
  /** Microseconds between looks at the lock; 0: the program's own choice. */
  readonly waitInterval: number;
  /** `sleepBetweenRetries` in milliseconds. */
  readonly retry: { readonly maxRetries: number; readonly sleepBetweenRetries: number };
  readonly storeFirewalld: boolean;
  readonly dryRun: boolean;
  readonly verbose: boolean;
  readonly cniMode: boolean;
  readonly ebpf: { readonly enabled: boolean; readonly instanceIP: string; readonly bpffsPath: string; readonly cgroupPath: string; readonly programsSourcePath: string; readonly tcAttachIface: string };
}

const direction = (port: number): DirectionConfig => ({ enabled: true, port, includePorts: [], excludePorts: [], excludePortsForIPs: [], insertRedirectInsteadOfAppend: false });

/** Kuma 2.14's defaults. */
export const DEFAULT_CONFIG: TransparentProxyConfig = {
  kumaDPUser: '',
  ipFamilyMode: 'dualstack',
  redirect: {
    inbound: direction(15006),
    outbound: { ...direction(15001), excludePortsForUIDs: [] },
    dns: { enabled: false, captureAll: false, port: 15053, skipConntrackZoneSplit: false, resolvConfigPath: '/etc/resolv.conf' },
    vnet: { networks: [] },
  },
  dropInvalidPackets: false,
  log: { enabled: false, level: 7 },
  comments: { disabled: false },
  iptablesExecutables: {},
  wait: 5,
  waitInterval: 0,
  retry: { maxRetries: 4, sleepBetweenRetries: 2000 },
  storeFirewalld: false,
  dryRun: false,
  verbose: false,
  cniMode: false,
  ebpf: { enabled: false, instanceIP: '', bpffsPath: '/run/kuma/bpf', cgroupPath: '/sys/fs/cgroup', programsSourcePath: '/tmp/kuma-ebpf', tcAttachIface: '' },
};
