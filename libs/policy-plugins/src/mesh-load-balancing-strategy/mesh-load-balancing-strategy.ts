import { create } from '@bufbuild/protobuf';
import type { ClusterDraft, OutboundDraft } from '@weft/envoy-builders';
import { Cluster_CommonLbConfig_LocalityWeightedLbConfigSchema, Cluster_CommonLbConfigSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import type { DestinationView } from '@weft/proxy-view';
import { confOf, type Conf } from '../conf.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { connectionHashPolicies, hashPoliciesOf, requestHashPolicies } from './hash-policies.ts';
import { setLoadBalancer } from './load-balancer.ts';

const TYPE = 'MeshLoadBalancingStrategy';

/**
 * MeshLoadBalancingStrategy: the algorithm of clusters, what requests are hashed by, and weights of localities. Which
 * endpoint belongs to which locality is part of the view. No policy: round robin.
 */
export const meshLoadBalancingStrategy: PolicyPlugin = { type: TYPE, outbound: onOutbound, cluster: onCluster };

function onCluster({ cluster }: ClusterDraft, view: DestinationView): void {
  setLoadBalancer(cluster, confOf(confOf(view.conf[TYPE])['loadBalancer']));
  if ((view.locality?.groups?.affinity.length ?? 0) === 0) return;
  cluster.commonLbConfig ??= create(Cluster_CommonLbConfigSchema);
  cluster.commonLbConfig.localityConfigSpecifier = { case: 'localityWeightedLbConfig', value: create(Cluster_CommonLbConfig_LocalityWeightedLbConfigSchema) };
}

/** A route's own policies take the place of its service's. */
function onOutbound({ view, chain, routes }: OutboundDraft): void {
  const ofService = hashPoliciesOf(confOf(view.conf[TYPE]));
  if (chain.terminal.kind === 'tcp') {
    chain.terminal.proxy.hashPolicy.push(...connectionHashPolicies(ofService));
    return;
  }
  for (const route of routes) {
    const policies: readonly Conf[] = route.view.conf[TYPE] === undefined ? ofService : hashPoliciesOf(confOf(route.view.conf[TYPE]));
    for (const { action } of route.routes) if (action.case === 'route') action.value.hashPolicy.push(...requestHashPolicies(policies));
  }
}
