import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { duration } from '@weft/envoy-builders';
import {
  Cluster_LbPolicy, Cluster_LeastRequestLbConfigSchema, Cluster_MaglevLbConfigSchema, Cluster_RingHashLbConfig_HashFunction, Cluster_RingHashLbConfigSchema, Cluster_RoundRobinLbConfigSchema, type Cluster_SlowStartConfigSchema, type Cluster,
} from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { confOf, durationMs, numberOf, type Conf } from '../conf.ts';

/** Sets the algorithm of a cluster. A conf without a type changes nothing. */
export function setLoadBalancer(cluster: Cluster, conf: Conf): void {
  switch (conf['type']) {
    case 'RoundRobin':
      cluster.lbPolicy = Cluster_LbPolicy.ROUND_ROBIN;
      if (confOf(conf['roundRobin'])['slowStart'] !== undefined) cluster.lbConfig = { case: 'roundRobinLbConfig', value: create(Cluster_RoundRobinLbConfigSchema, slowStart(confOf(conf['roundRobin']))) };
      break;
    case 'Random': cluster.lbPolicy = Cluster_LbPolicy.RANDOM; break;
    case 'LeastRequest':
      cluster.lbPolicy = Cluster_LbPolicy.LEAST_REQUEST;
      if (conf['leastRequest'] !== undefined) cluster.lbConfig = { case: 'leastRequestLbConfig', value: leastRequest(confOf(conf['leastRequest'])) };
      break;
    case 'RingHash':
      cluster.lbPolicy = Cluster_LbPolicy.RING_HASH;
      if (conf['ringHash'] !== undefined) cluster.lbConfig = { case: 'ringHashLbConfig', value: ringHash(confOf(conf['ringHash'])) };
      break;
    case 'Maglev':
      cluster.lbPolicy = Cluster_LbPolicy.MAGLEV;
      if (conf['maglev'] !== undefined) cluster.lbConfig = { case: 'maglevLbConfig', value: create(Cluster_MaglevLbConfigSchema, whole('tableSize', confOf(conf['maglev'])['tableSize'])) };
      break;
    default:
  }
}

/** A new instance gets its share bit by bit. */
function slowStart(conf: Conf): { slowStartConfig?: MessageInitShape<typeof Cluster_SlowStartConfigSchema> } {
  if (conf['slowStart'] === undefined) return {};
  const { window, aggression, minWeightPercent } = confOf(conf['slowStart']);
  const [speed, least] = [numberOf(aggression), numberOf(minWeightPercent)];
  return { slowStartConfig: {
    slowStartWindow: duration(durationMs(window) ?? 0),
    ...(speed !== undefined && { aggression: { defaultValue: speed, runtimeKey: 'weft.slow_start.aggression' } }),
    ...(least !== undefined && { minWeightPercent: { value: least } }),
  } };
}

function leastRequest(conf: Conf) {
  const bias = numberOf(conf['activeRequestBias']);
  return create(Cluster_LeastRequestLbConfigSchema, { ...slowStart(conf), ...(numberOf(conf['choiceCount']) !== undefined && { choiceCount: numberOf(conf['choiceCount']) }), ...(bias !== undefined && { activeRequestBias: { defaultValue: bias } }) });
}

function ringHash(conf: Conf) {
  return create(Cluster_RingHashLbConfigSchema, {
    ...whole('minimumRingSize', conf['minRingSize']),
    ...whole('maximumRingSize', conf['maxRingSize']),
    ...(conf['hashFunction'] === 'MurmurHash2' && { hashFunction: Cluster_RingHashLbConfig_HashFunction.MURMUR_HASH_2 }),
  });
}

/** A 64-bit member, where there is a number for it. */
function whole<Name extends string>(name: Name, value: unknown): Partial<Record<Name, bigint>> {
  const number = numberOf(value);
  return number === undefined ? {} : { [name]: BigInt(Math.trunc(number)) } as Record<Name, bigint>;
}
