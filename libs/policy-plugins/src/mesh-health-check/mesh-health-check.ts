import { create } from '@bufbuild/protobuf';
import { callerTagsHeader, type ClusterDraft } from '@weft/envoy-builders';
import { Cluster_CommonLbConfig_ZoneAwareLbConfigSchema, Cluster_CommonLbConfigSchema, type Cluster, type Cluster_CommonLbConfig } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { PercentSchema } from '@weft/envoy-proto/envoy/type/v3/percent_pb.js';
import { confOf, numberOf } from '../conf.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { healthCheck } from './health-check.ts';

const TYPE = 'MeshHealthCheck';

/** MeshHealthCheck: a client's proxy asks every endpoint whether it is well, and sends nothing to those that are not. */
export const meshHealthCheck: PolicyPlugin = { type: TYPE, cluster: (draft, view) => onCluster(draft, view.conf[TYPE]) };

function onCluster({ cluster, protocol, callerTags }: ClusterDraft, value: unknown): void {
  const conf = confOf(value);
  const check = healthCheck(conf, protocol);
  if (check === undefined) return;
  if (check.healthChecker.case === 'httpHealthCheck' && callerTags !== undefined) check.healthChecker.value.requestHeadersToAdd.unshift(callerTagsHeader(callerTags));
  cluster.healthChecks = [check];
  const panic = numberOf(conf['healthyPanicThreshold']);
  if (panic !== undefined) lbConfig(cluster).healthyPanicThreshold = create(PercentSchema, { value: panic });
  // Where localities have weights, Envoy knows no such choice.
  if (conf['failTrafficOnPanic'] !== true || cluster.commonLbConfig?.localityConfigSpecifier.case === 'localityWeightedLbConfig') return;
  lbConfig(cluster).localityConfigSpecifier = { case: 'zoneAwareLbConfig', value: create(Cluster_CommonLbConfig_ZoneAwareLbConfigSchema, { failTrafficOnPanic: true }) };
}

function lbConfig(cluster: Cluster): Cluster_CommonLbConfig {
  return cluster.commonLbConfig ??= create(Cluster_CommonLbConfigSchema);
}
