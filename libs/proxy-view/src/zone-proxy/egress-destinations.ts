import { compareText, groupBy } from '@weft/kernel';
import type { MeshState } from '@weft/mesh-index';
import type { Policy } from '@weft/policy-engine';
import { TRUST_BUNDLE } from '../credentials.ts';
import { localityRules } from '../locality.ts';
import { meshView } from '../mesh-view.ts';
import type { Naming } from '../naming.ts';
import type { MeshCredentials, SecretRef } from '../proxy-view.ts';
import { endpointsView } from '../endpoints-view.ts';
import { EGRESS_SERVICE } from '../service-target.ts';
import { EGRESS_POLICIES, namedWays } from './egress-named.ts';
import { confsOf, taggedWays, type EgressWay } from './egress-tagged.ts';
import type { EgressDestination, EgressPassage } from './egress-view.ts';
import { taggedDestination } from './ingress-destinations.ts';
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

const BALANCING = 'MeshLoadBalancingStrategy';

const NOTHING: MeshEgress = { destinations: [], passages: [], secrets: [] };

/** The ways out of a mesh. There are none without a CA: an egress must know who calls. */
export function meshEgress(mesh: MeshState, sources: EgressSources): MeshEgress {
  const credentials = egressCredentials(mesh, sources);
  if (credentials === undefined) return NOTHING;
  const forbidden = mesh.resource?.spec.routing?.defaultForbidMeshExternalServiceAccess === true;
  // From all policies, whatever proxies they are about: whoever calls, the server outside is the same.
  const policiesOf = (type: string): readonly Policy[] => (mesh.policies.get(type) ?? []).filter(({ shadow }) => !shadow);
  const named = namedWays(mesh, { ...sources, credentials, policiesOf, permission: forbidden ? 'nobody' : 'everyone' });
  const ways = [...named, ...taggedWays(mesh, { ...sources, credentials, types: EGRESS_POLICIES })];
  const passages = passagesOf(mesh, sources).flatMap((passage) => besideWays(passage, ways));
  if (ways.length === 0) return { ...NOTHING, passages };
  return { passages, destinations: ways.map(({ destination }) => destination), secrets: [...egressSecrets(mesh.name, credentials), ...ways.flatMap(({ secrets }) => secrets)] };
}

/** Ways to services by tag of other zones, where sidecars leave them to egresses. */
function passagesOf(mesh: MeshState, { naming, zone }: EgressSources): readonly EgressPassage[] {
  const beyond = [...groupBy(mesh.beyondEgresses(), ([key]) => key)].sort(([a], [b]) => compareText(a, b));
  if (beyond.length === 0) return [];
  const subsets = new TagSubsets(mesh);
  return beyond.map(([key, some]) => {
    const endpoints = some.flatMap(([, list]) => list);
    const destination = taggedDestination(key, endpoints, { mesh: mesh.name, naming, subsets });
    const { clusterName, target } = destination;
    const conf = target.kind === 'tag' ? confsOf(target.service, mesh, { naming, types: [BALANCING] })[BALANCING] : undefined;
    // Sidecars leave it to the egress which other zone is next.
    const locality = localityRules({ target }, conf, { zone, tags: {} });
    // What is passed on is mesh TLS already.
    return { destination, endpoints: endpointsView({ clusterName, target, tags: {}, tls: { sni: '', spiffeIds: [] }, ...(locality !== undefined && { locality }) }, { list: () => endpoints }) };
  });
}

/** Servers of the own zone come before those of others; what is asked for by tags that only others have is passed on. */
function besideWays({ destination, endpoints }: EgressPassage, ways: readonly EgressWay[]): EgressPassage[] {
  const own = new Set(ways.flatMap(({ destination: { serverNames } }) => serverNames));
  const chains = destination.chains.filter(({ sni }) => !own.has(sni));
  if (chains.length === 0) return [];
  if (!ways.some((way) => way.destination.clusterName === destination.clusterName)) return [{ destination, endpoints }];
  const clusterName = `${destination.clusterName}:beyond`;
  return [{ destination: { ...destination, clusterName, chains }, endpoints: { ...endpoints, clusterName } }];
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
