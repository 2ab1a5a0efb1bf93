import type { Family } from './family.ts';
import type { Nameservers } from './resolv-conf.ts';

/** What the rules depend on besides the configuration. */
export interface HostFacts {
  /** Id of the user as whom the agent and Envoy run. */
  readonly uid: number;
  /** Servers of resolv.conf. */
  readonly nameservers: Nameservers;
  /** Families in which a chain DOCKER_OUTPUT exists: this is a container of a custom Docker network, whose DNS goes through it. */
  readonly dockerOutput: readonly Family['name'][];
  /** Whether connection tracking knows zones here. */
  readonly conntrackZones: boolean;
  /** Whether rules may carry comments here. */
  readonly commentModule: boolean;
}
