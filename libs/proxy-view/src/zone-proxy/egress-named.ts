import { compareText } from '@weft/kernel';
import type { MeshExternalServiceEntry, MeshState } from '@weft/mesh-index';
import { buildResourceRules, findResourceRule, type Policy, type ResourceRules } from '@weft/policy-engine';
import { meshView } from '../mesh-view.ts';
import type { Naming } from '../naming.ts';
import type { MeshCredentials } from '../proxy-view.ts';
import { externalServiceTarget } from '../service-target.ts';
import type { EgressWay } from './egress-tagged.ts';
import type { EgressDestination, ExternalEndpoint } from './egress-view.ts';
import { rulesOfWay } from './listener-rules.ts';
import { originationOf } from './origination-tls.ts';

/** Policies that say how an egress treats a server outside. */
export const EGRESS_POLICIES = ['MeshCircuitBreaker', 'MeshHealthCheck', 'MeshLoadBalancingStrategy', 'MeshTimeout'] as const;

/** What ways to MeshExternalServices are made with. */
export interface NamedSources extends Pick<EgressDestination, 'permission' | 'rules'> {
  readonly naming: Naming;
  readonly unifiedNaming: boolean;
  /** By which the egress takes part in the mesh. */
  readonly credentials: MeshCredentials;
  /** Policies of a type that count for the servers, in ascending precedence. */
  readonly policiesOf: (type: string) => readonly Policy[];
}

/** Ways to the MeshExternalServices of a mesh, by name; those without endpoints have none. */
export function namedWays(mesh: MeshState, sources: NamedSources): readonly EgressWay[] {
  const conf = new Map(EGRESS_POLICIES.map((type) => [type, buildResourceRules(type, sources.policiesOf(type), mesh)]));
  return [...mesh.externalServices.values()].sort((a, b) => compareText(a.name, b.name)).flatMap((entry) => wayTo(entry, mesh, { ...sources, conf }));
}

function wayTo(entry: MeshExternalServiceEntry, mesh: MeshState, { naming, unifiedNaming, credentials, conf: rulesByType, permission, rules }: Omit<NamedSources, 'policiesOf'> & { readonly conf: ReadonlyMap<string, ResourceRules> }): readonly EgressWay[] {
  const known = externalServiceTarget(entry, entry.resource.spec.match.port);
  const endpoints = endpointsOf(entry);
  if (known?.target.kind !== 'resource' || endpoints.length === 0) return [];
  const { target, protocol } = known;
  const clusterName = naming.resourceClusterName(mesh.name, target, unifiedNaming);
  const origination = originationOf(entry.resource, clusterName);
  // Clients with a MeshIdentity name it by its KRI, those with a certificate of the mesh by its hash.
  const serverNames = [
    ...(mesh.resource !== undefined && meshView(mesh.resource).mtls !== undefined ? [naming.hashSni(mesh.name, target)] : []),
    ...(mesh.identities.trustDomains.length > 0 ? [naming.kriSni(mesh.name, target)] : []),
  ].map((name) => name.toLowerCase());
  const conf = [...rulesByType].flatMap(([type, of]) => {
    const found = findResourceRule(of, { kri: target.kri, section: target.sectionName })?.conf[0];
    return found === undefined ? [] : [[type, found] as const];
  });
  return [{
    destination: {
      mesh: mesh.name, clusterName, target, protocol, serverNames, endpoints,
      ...(origination !== undefined && { tls: origination.tls }),
      permission, ...(rules !== undefined && { rules: rulesOfWay(rules, serverNames) }), conf: Object.fromEntries(conf), credentials,
    },
    secrets: origination?.secrets ?? [],
  }];
}

function endpointsOf({ resource }: MeshExternalServiceEntry): readonly ExternalEndpoint[] {
  const { endpoints = [] } = resource.spec;
  const used = [...new Set(endpoints.map(({ priority = 0 }) => priority))].sort((a, b) => a - b);
  return endpoints.map(({ address, port, priority = 0 }) => ({ address, port, priority: used.indexOf(priority) }))
    .sort((a, b) => a.priority - b.priority || compareText(a.address, b.address) || a.port - b.port);
}
