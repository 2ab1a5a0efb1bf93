import type { JsonObject } from '@bufbuild/protobuf';
import type { TrafficSource } from '@weft/proxy-view';

/** How a proxy shows its token to the control plane: a value that stays, or a file that Envoy reads again when it changes. */
export type TokenSource = { readonly kind: 'inline'; readonly token: string } | { readonly kind: 'file'; readonly path: string };

/** Where Envoy's admin interface listens: the agent's unix socket, or a loopback port. */
export type AdminListener = 'socket' | { readonly address: string; readonly port: number };

/** All that a bootstrap is made of. Facts of the agent's request are carried over as they came. */
export interface BootstrapInput {
  /** Empty for zone proxies. */
  readonly mesh: string;
  readonly name: string;
  readonly proxyType: 'dataplane' | 'ingress' | 'egress';
  /** First `kuma.io/service` of the Dataplane; becomes the node's cluster (`unknown` where it has none). */
  readonly service: string | undefined;
  /** Where the proxy reaches the control plane, and the PEM that its certificate must chain to. */
  readonly xds: { readonly host: string; readonly port: number; readonly caPem: string };
  readonly token: TokenSource | undefined;
  readonly admin: AdminListener;
  /** Port of the admin listener on the Dataplane's address, 9901 where the resource says nothing. */
  readonly adminPort: number;
  readonly unifiedNaming: boolean;
  /** Delta instead of state-of-the-world ADS. */
  readonly delta: boolean;
  /** Active health checks of the workload by the control plane's order (only for `dataplane`). */
  readonly hds: boolean;
  readonly workdir: string;
  readonly features: readonly string[];
  readonly version: JsonObject | undefined;
  /** The Dataplane as the agent sent it: its presence registers the proxy. */
  readonly resourceText: string | undefined;
  readonly dnsPort: number | undefined;
  readonly readinessPort: number | undefined;
  readonly appProbeProxyEnabled: boolean;
  readonly ipv6Enabled: boolean;
  readonly systemCaPath: string;
  readonly metricsCertPath: string;
  readonly metricsKeyPath: string;
  readonly spireSocketPath: string;
  readonly dynamicMetadata: Readonly<Record<string, string>>;
  readonly otelEnv: JsonObject | undefined;
  readonly transparentProxy: JsonObject | undefined;
  /** What Envoy may put into its log lines by itself. */
  readonly source?: TrafficSource;
}

/** The agent's unix socket of Envoy's admin interface. */
export function adminSocketPath(workdir: string): string {
  return `${workdir}/kuma-envoy-admin.sock`;
}

/** Without its ending: a path must fit into the address of a socket, and agents look for it under the same name. Source: Kuma 2.14. */
const LONGEST_SOCKET_PATH = 98;

/** The agent's unix socket for access logs. */
export function accessLogSocketPath({ workdir, name, mesh }: Pick<BootstrapInput, 'workdir' | 'name' | 'mesh'>): string {
  return `${`${workdir}/kuma-al-${name}-${mesh}`.slice(0, LONGEST_SOCKET_PATH)}.sock`;
}

/** The agent's unix socket that gives metrics. */
export function metricsSocketPath({ workdir, name, mesh }: Pick<BootstrapInput, 'workdir' | 'name' | 'mesh'>): string {
  return `${`${workdir}/kuma-mh-${name}-${mesh}`.slice(0, LONGEST_SOCKET_PATH)}.sock`;
}

/** Envoy's unix socket that leads the agent to a collector. */
export function collectorSocketPath(workdir: string, backend: string): string {
  return `${`${workdir}/kuma-otel-${backend}`.slice(0, LONGEST_SOCKET_PATH)}.sock`;
}
