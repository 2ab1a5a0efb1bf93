import { APP_PORT, INBOUND_PORT, outboundPort, targetsOf, type Instance, type Workload } from './topology.ts';

/** Where an instance runs, and whether its app's traffic is redirected to its Envoy or goes to explicit outbounds. */
export interface Place {
  readonly address: string;
  readonly redirected: boolean;
}

/** A host, by name or address, and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** What an app is told of the network, and all it knows of it. */
export interface AppNetwork {
  readonly listen: Endpoint;
  readonly targets: Readonly<Partial<Record<Workload, Endpoint>>>;
}

/** Under redirection an app listens where others expect it and calls others by name; else it listens behind its Envoy's inbound and calls its Envoy's outbounds. */
export function appNetwork(instance: Instance, { address, redirected }: Place): AppNetwork {
  const target = (workload: Workload): Endpoint => (redirected ? { host: `${workload}.mesh`, port: 80 } : { host: address, port: outboundPort(workload) });
  return {
    listen: { host: address, port: redirected ? INBOUND_PORT : APP_PORT },
    targets: Object.fromEntries(targetsOf(instance.workload).map((workload) => [workload, target(workload)])),
  };
}
