import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { duration } from '@weft/envoy-builders';
import { RouteAction_HashPolicySchema, type RouteAction_HashPolicy } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import { HashPolicySchema, type HashPolicy } from '@weft/envoy-proto/envoy/type/v3/hash_policy_pb.js';
import { confOf, durationMs, objects, textOf, type Conf } from '../conf.ts';

/** The hash policies of a conf, in order: those at its root, else those beside the ring or the table, as older policies have them. */
export function hashPoliciesOf(conf: Conf): readonly Conf[] {
  const { ringHash, maglev } = confOf(conf['loadBalancer']);
  return objects(conf['hashPolicies'] ?? confOf(ringHash)['hashPolicies'] ?? confOf(maglev)['hashPolicies']);
}

/** What requests are hashed by. */
export function requestHashPolicies(policies: readonly Conf[]): RouteAction_HashPolicy[] {
  return policies.flatMap((policy) => {
    const policySpecifier = specifierOf(policy);
    return policySpecifier === undefined ? [] : [create(RouteAction_HashPolicySchema, { policySpecifier, terminal: policy['terminal'] === true })];
  });
}

type Specifier = NonNullable<MessageInitShape<typeof RouteAction_HashPolicySchema>['policySpecifier']>;

function specifierOf(policy: Conf): Specifier | undefined {
  switch (policy['type']) {
    case 'Header': return { case: 'header', value: { headerName: nameIn(policy['header']) } };
    case 'QueryParameter': return { case: 'queryParameter', value: { name: nameIn(policy['queryParameter']) } };
    case 'FilterState': return { case: 'filterState', value: { key: keyIn(policy['filterState']) } };
    case 'Cookie': return { case: 'cookie', value: cookie(confOf(policy['cookie'])) };
    case 'Connection': case 'SourceIP': return { case: 'connectionProperties', value: { sourceIp: hashesSource(policy) } };
    default: return undefined;
  }
}

/** What connections are hashed by, where there are no requests: only what a connection has. */
export function connectionHashPolicies(policies: readonly Conf[]): HashPolicy[] {
  return policies.flatMap((policy) => {
    if (policy['type'] === 'FilterState') return [create(HashPolicySchema, { policySpecifier: { case: 'filterState', value: { key: keyIn(policy['filterState']) } } })];
    return hashesSource(policy) ? [create(HashPolicySchema, { policySpecifier: { case: 'sourceIp', value: {} } })] : [];
  });
}

/** `SourceIP` means the source address, whatever stands in its `connection`. */
function hashesSource(policy: Conf): boolean {
  return policy['type'] === 'SourceIP' || (policy['type'] === 'Connection' && confOf(policy['connection'])['sourceIP'] === true);
}

/** A cookie with a lifetime is made by Envoy where a client has none. */
function cookie(conf: Conf): { name: string; path: string; ttl?: ReturnType<typeof duration> } {
  const ttl = durationMs(conf['ttl']);
  return { name: nameIn(conf), path: textOf(conf['path']) ?? '', ...(ttl !== undefined && { ttl: duration(ttl) }) };
}

function nameIn(conf: unknown): string {
  return textOf(confOf(conf)['name']) ?? '';
}

function keyIn(conf: unknown): string {
  return textOf(confOf(conf)['key']) ?? '';
}
