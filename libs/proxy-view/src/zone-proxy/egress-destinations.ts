import { compareText, groupBy } from '@weft/kernel';
import type { MeshExternalServiceEntry, MeshState } from '@weft/mesh-index';
import { buildResourceRules, findResourceRule, type ResourceRules } from '@weft/policy-engine';
import { TRUST_BUNDLE } from '../credentials.ts';
import { meshView } from '../mesh-view.ts';
import type { Naming } from '../naming.ts';
import type { MeshCredentials, SecretRef } from '../proxy-view.ts';
import { endpointsView } from '../endpoints-view.ts';
import { EGRESS_SERVICE, externalServiceTarget } from '../service-target.ts';
import { taggedWays, type EgressWay } from './egress-tagged.ts';
import type { EgressDestination, EgressPassage, ExternalEndpoint } from './egress-view.ts';
import { taggedDestination } from './ingress-destinations.ts';
import { originationOf } from './origination-tls.ts';
import { TagSubsets } from './tag-subsets.ts';

/** What an egress offers of one mesh, and the secrets that this takes. */
export interface MeshEgress {
  readonly destinations: readonly EgressDestination[];
  readonly passages: readonly EgressPassage[];
  readonly secrets: readonly SecretRef[];
}

/** What egress views are made with. */
export interface EgressSources {
  readonly naming: Naming;
  readonly unifiedNaming: boolean;
  /** Of the egress; empty where it is not known. */
  readonly zone: string;
}

const NOTHING: MeshEgress = { destinations: [], passages: [], secrets: [] };

/** Policies that say how an egress treats a server outside. */
const POLICIES = ['MeshCircuitBreaker', 'MeshHealthCheck', 'MeshLoadBalancingStrategy', 'MeshTimeout'] as const;

/** The ways out of a mesh. There are none without a CA: an egress must know who calls. */
export function meshEgress(mesh: MeshState, sources: EgressSources): MeshEgress {
  const credentials = egressCredentials(mesh, sources);
  if (credentials === undefined) return NOTHING;
  const rules = new Map(POLICIES.map((type) => [type, rulesOf(mesh, type)]));
  const named = [...mesh.externalServices.values()].sort((a, b) => compareText(a.name, b.name)).flatMap((entry) => wayTo(entry, mesh, { ...sources, credentials, rules }));
  const ways = [...named, ...taggedWays(mesh, { ...sources, credentials, types: POLICIES })];
  const taken = new Set(ways.map(({ destination }) => destination.clusterName));
  const passages = passagesOf(mesh, sources).filter(({ destination }) => !taken.has(destination.clusterName));
  if (ways.length === 0) return { ...NOTHING, passages };
  return { passages, destinations: ways.map(({ destination }) => destination), secrets: [...egressSecrets(mesh.name, credentials), ...ways.flatMap(({ secrets }) => secrets)] };
}

/** Ways to services by tag of other zones, where sidecars leave them to egresses. */
function passagesOf(mesh: MeshState, { naming }: EgressSources): readonly EgressPassage[] {
  const beyond = [...groupBy(mesh.beyondEgresses(), ([key]) => key)].sort(([a], [b]) => compareText(a, b));
  if (beyond.length === 0) return [];
  const subsets = new TagSubsets(mesh);
  return beyond.map(([key, some]) => {
    const endpoints = some.flatMap(([, list]) => list);
    const destination = taggedDestination(key, endpoints, { mesh: mesh.name, naming, subsets });
    const { clusterName, target } = destination;
    // What is passed on is mesh TLS already.
    return { destination, endpoints: endpointsView({ clusterName, target, tags: {}, tls: { sni: '', spiffeIds: [] } }, { list: () => endpoints }) };
  });
}

/** As what an egress takes part in a mesh: a service of its own, by a certificate of the mesh's CA. */
function egressCredentials(mesh: MeshState, { naming, unifiedNaming }: EgressSources): MeshCredentials | undefined {
  if (mesh.resource === undefined || meshView(mesh.resource).mtls === undefined) return undefined;
  const identity = naming.identitySecretName(mesh.name, unifiedNaming);
  return mesh.identities.trustDomains.length > 0
    ? { identity, trust: `${TRUST_BUNDLE}:${mesh.name}`, clients: [] }
    : { identity, trust: naming.caSecretName(mesh.name, unifiedNaming), clients: [`spiffe://${mesh.name}/`] };
}

/** The certificate of an egress in a mesh, and what its clients must chain to. */
function egressSecrets(mesh: string, { identity, trust }: MeshCredentials): readonly SecretRef[] {
  return [
    { kind: 'identity', name: identity, mesh, services: [EGRESS_SERVICE], tags: { 'kuma.io/service': [EGRESS_SERVICE] } },
    { kind: trust.startsWith(TRUST_BUNDLE) ? 'trust-bundle' : 'ca', name: trust, mesh },
  ];
}

interface WaySources extends EgressSources {
  readonly credentials: MeshCredentials;
  readonly rules: ReadonlyMap<string, ResourceRules>;
}

function wayTo(entry: MeshExternalServiceEntry, mesh: MeshState, { naming, unifiedNaming, credentials, rules }: Omit<WaySources, 'zone'>): readonly EgressWay[] {
  const known = externalServiceTarget(entry, entry.resource.spec.match.port);
  const endpoints = endpointsOf(entry);
  if (known?.target.kind !== 'resource' || endpoints.length === 0) return [];
  const { target, protocol } = known;
  const clusterName = naming.resourceClusterName(mesh.name, target, unifiedNaming);
  const origination = originationOf(entry.resource, clusterName);
  // Clients with a MeshIdentity name it by its KRI.
  const serverNames = [naming.hashSni(mesh.name, target), ...(mesh.identities.trustDomains.length > 0 ? [naming.kriSni(mesh.name, target)] : [])];
  const conf = [...rules].flatMap(([type, of]) => {
    const found = findResourceRule(of, { kri: target.kri, section: target.sectionName })?.conf[0];
    return found === undefined ? [] : [[type, found] as const];
  });
  const forbidden = mesh.resource?.spec.routing?.defaultForbidMeshExternalServiceAccess === true;
  return [{
    destination: {
      mesh: mesh.name, clusterName, target, protocol, serverNames: serverNames.map((name) => name.toLowerCase()), endpoints,
      ...(origination !== undefined && { tls: origination.tls }),
      permission: forbidden ? 'nobody' : 'everyone', conf: Object.fromEntries(conf), credentials,
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

/** From all policies of a type, whatever proxies they are about: whoever calls, the server outside is the same. */
function rulesOf(mesh: MeshState, type: string): ResourceRules {
  return buildResourceRules(type, (mesh.policies.get(type) ?? []).filter(({ shadow }) => !shadow), mesh);
}
