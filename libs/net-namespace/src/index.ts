export { clearLeftovers } from './clear-leftovers.ts';
export { NamespaceNetwork, type NamespaceNetworkOptions } from './namespace-network.ts';
export { NetNamespace, type Addresses, type CommandResult, type NamespaceOptions, type RunAs } from './net-namespace.ts';
export { probeNetNamespaces } from './probe.ts';
