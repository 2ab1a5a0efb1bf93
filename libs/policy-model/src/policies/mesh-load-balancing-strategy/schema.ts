import { bool, duration, intOrString, list, object, oneOf, opt, text, uint32, type Static } from '@weft/resource-model';
import { TargetRefSchema } from '../../target-ref/schema.ts';

/** One way to hash a request. */
export const HashPolicySchema = object({
  type: oneOf(['Header', 'Cookie', 'Connection', 'SourceIP', 'QueryParameter', 'FilterState']),
  terminal: opt(bool()),
  header: opt(object({ name: text({ minLength: 1 }) })),
  cookie: opt(object({ name: text({ minLength: 1 }), ttl: opt(duration()), path: opt(text()) })),
  connection: opt(object({ sourceIP: opt(bool()) })),
  queryParameter: opt(object({ name: text({ minLength: 1 }) })),
  filterState: opt(object({ key: text({ minLength: 1 }) })),
});

const RING_SIZE = { minimum: 1, maximum: 8_000_000 };
/** Of Weft: a new instance gets its share bit by bit. */
const SlowStartSchema = object({
  window: duration({ description: 'How long an instance is new.' }),
  aggression: opt(intOrString({ description: 'Above 1: faster at first; default 1, evenly.' })),
  minWeightPercent: opt(intOrString({ description: 'Share that it gets at least; default 10.' })),
});
const LoadBalancerSchema = object({
  type: oneOf(['RoundRobin', 'LeastRequest', 'RingHash', 'Random', 'Maglev']),
  roundRobin: opt(object({ slowStart: opt(SlowStartSchema) })),
  leastRequest: opt(object({ choiceCount: opt(uint32({ minimum: 2 })), activeRequestBias: opt(intOrString()), slowStart: opt(SlowStartSchema) })),
  ringHash: opt(object({
    hashFunction: opt(oneOf(['XXHash', 'MurmurHash2'])),
    minRingSize: opt(uint32(RING_SIZE)),
    maxRingSize: opt(uint32(RING_SIZE)),
    hashPolicies: opt(list(HashPolicySchema)),
  })),
  random: opt(object({})),
  maglev: opt(object({ tableSize: opt(uint32({ minimum: 1, maximum: 5_000_011 })), hashPolicies: opt(list(HashPolicySchema)) })),
});

const LocalityAwarenessSchema = object({
  disabled: opt(bool()),
  localZone: opt(object({ affinityTags: opt(list(object({ key: text(), weight: opt(uint32()) }))) })),
  crossZone: opt(object({
    failover: opt(list(object({
      from: opt(object({ zones: list(text()) })),
      to: object({ type: oneOf(['None', 'Only', 'Any', 'AnyExcept']), zones: opt(list(text())) }),
    }))),
    failoverThreshold: opt(object({ percentage: intOrString() })),
  })),
});

/** What MeshLoadBalancingStrategy sets. */
export const MeshLoadBalancingStrategyConfSchema = object({
  localityAwareness: opt(LocalityAwarenessSchema),
  loadBalancer: opt(LoadBalancerSchema),
  hashPolicies: opt(list(HashPolicySchema)),
});

/** Spec of MeshLoadBalancingStrategy. Source: Kuma 2.14. */
export const MeshLoadBalancingStrategySchema = object({
  targetRef: opt(TargetRefSchema),
  to: opt(list(object({ targetRef: TargetRefSchema, default: opt(MeshLoadBalancingStrategyConfSchema) }))),
});

/** Spec of MeshLoadBalancingStrategy. */
export type MeshLoadBalancingStrategySpec = Static<typeof MeshLoadBalancingStrategySchema>;
/** What MeshLoadBalancingStrategy sets. */
export type MeshLoadBalancingStrategyConf = Static<typeof MeshLoadBalancingStrategyConfSchema>;
/** One way to hash a request. */
export type HashPolicy = Static<typeof HashPolicySchema>;
