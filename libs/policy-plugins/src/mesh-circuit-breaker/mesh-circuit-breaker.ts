import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { explicitLimits } from '@weft/envoy-builders';
import { type CircuitBreakers_ThresholdsSchema, CircuitBreakersSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/circuit_breaker_pb.js';
import { Cluster_CommonLbConfigSchema, type Cluster } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { PercentSchema } from '@weft/envoy-proto/envoy/type/v3/percent_pb.js';
import { catchAllConf, confOf, numberOf, type Conf } from '../conf.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { outlierDetection } from './outlier-detection.ts';

const TYPE = 'MeshCircuitBreaker';

/** MeshCircuitBreaker: limits and outlier detection of clusters. What no policy limits has no limit. */
export const meshCircuitBreaker: PolicyPlugin = {
  type: TYPE,
  inbound: ({ view, cluster }) => onCluster(cluster.cluster, catchAllConf(view.rules[TYPE]) ?? {}),
  cluster: ({ cluster }, view) => onCluster(cluster, confOf(view.conf[TYPE])),
};

const LIMITS = ['maxConnections', 'maxConnectionPools', 'maxPendingRequests', 'maxRequests', 'maxRetries'] as const;

/** Where there is one, Envoy leaves `maxRetries` aside. */
function retryBudget({ retryBudget }: Conf): Pick<MessageInitShape<typeof CircuitBreakers_ThresholdsSchema>, 'retryBudget'> {
  if (retryBudget === undefined) return {};
  const { percent, minConcurrency } = confOf(retryBudget);
  return { retryBudget: { budgetPercent: { value: numberOf(percent) ?? 20 }, minRetryConcurrency: numberOf(minConcurrency) ?? 3 } };
}

function onCluster(cluster: Cluster, conf: Conf): void {
  const limits = confOf(conf['connectionLimits']);
  const set = Object.fromEntries(LIMITS.flatMap((limit) => { const value = numberOf(limits[limit]); return value === undefined ? [] : [[limit, value]]; }));
  cluster.circuitBreakers = create(CircuitBreakersSchema, { thresholds: [{ ...set, ...retryBudget(limits) }] });
  explicitLimits(cluster);
  const outliers = confOf(conf['outlierDetection']);
  if (conf['outlierDetection'] === undefined || outliers['disabled'] === true) return;
  cluster.outlierDetection = outlierDetection(outliers);
  const panic = numberOf(outliers['healthyPanicThreshold']);
  if (panic === undefined) return;
  cluster.commonLbConfig ??= create(Cluster_CommonLbConfigSchema);
  cluster.commonLbConfig.healthyPanicThreshold = create(PercentSchema, { value: panic });
}
