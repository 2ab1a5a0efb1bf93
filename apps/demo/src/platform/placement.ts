import type { Place } from '../shop/place.ts';
import type { Member } from '../shop/topology.ts';

/** How apps reach their Envoys: redirected, each in a network namespace of its own, or by outbounds that its Dataplane declares. */
export type Redirection = 'namespaces' | 'explicit outbounds';

/** Where the shop's workloads and zone proxies run. */
export interface Placement {
  readonly redirection: Redirection;
  /** Why it is this way and not the other. */
  readonly reason: string;
  /** Where the workloads are, for people. */
  readonly description: string;
  /** Address of this machine, on which the control plane listens, as agents see it. */
  readonly controlPlaneHost: string;
  /** Flags of the agents of workloads besides the usual ones. */
  readonly agentFlags: readonly string[];
  /** Start of the command lines of people who want to look inside; empty where nothing keeps them out. */
  readonly wayIn: readonly string[];
  place(member: Member): Place;
  /** Turns a command line into one that runs where a member is: as its app, or as its agent. */
  command(member: Member, who: 'app' | 'agent', args: readonly string[]): readonly string[];
  /** Hands the folder of an agent to the user as whom it runs. */
  giveToAgent(folder: string): void;
  /** Removes what it made. What runs there is killed. */
  close(): Promise<void>;
}
