import { compareText } from '@weft/kernel';
import type { ExternalServer, MeshState } from '@weft/mesh-index';
import { buildFromRules, buildToRules, findSubsetRule, selectProxy, selects, SERVICE_TAG, translateLegacy, ZONE, type Policy, type PolicySubject } from '@weft/policy-engine';
import { externalServers } from '../external-servers.ts';
import { protocolOf } from '../protocol.ts';
import type { MeshCredentials, SecretRef } from '../proxy-view.ts';
import type { EgressSources } from './egress-destinations.ts';
import type { EgressDestination } from './egress-view.ts';
import { TagSubsets } from './tag-subsets.ts';

type Tags = Readonly<Record<string, string>>;

const PERMISSION = 'MeshTrafficPermission';

/** A way out with the secrets that it takes. */
export interface EgressWay {
  readonly destination: EgressDestination;
  readonly secrets: readonly SecretRef[];
}

/** What ways to ExternalServices are made with. */
export interface TaggedSources extends EgressSources {
  readonly credentials: MeshCredentials;
  /** Types of policies that count for the servers. */
  readonly types: readonly string[];
}

/** Ways to the ExternalServices of a mesh that wants its egresses for that: of each service, and of the subsets that routes mean. Servers bound to another zone are that one's. */
export function taggedWays(mesh: MeshState, sources: TaggedSources): readonly EgressWay[] {
  const outside = [...mesh.services].filter(([, { external }]) => external?.via === 'egress').map(([service]) => service).sort(compareText);
  if (outside.length === 0) return [];
  const subsets = new TagSubsets(mesh);
  return outside.flatMap((service) => {
    const servers = mesh.serversOf(service).filter(({ tags }) => sources.zone === '' || (tags[ZONE] ?? sources.zone) === sources.zone);
    return [{}, ...subsets.of(service)].flatMap((tags) => wayTo(service, { tags, servers: servers.filter((server) => selects(tags, server.tags)) }, mesh, sources));
  });
}

function wayTo(service: string, { tags, servers }: { readonly tags: Tags; readonly servers: readonly ExternalServer[] }, mesh: MeshState, sources: TaggedSources): readonly EgressWay[] {
  if (servers.length === 0) return [];
  const { views, secrets } = externalServers(mesh.name, servers);
  const name = sources.naming.tagClusterName(service, tags);
  return [{
    destination: {
      mesh: mesh.name, clusterName: `${mesh.name}:${name}`, chainName: `${name}_${mesh.name}`, target: { kind: 'tag', service }, protocol: protocolOf(mesh.services.get(service)?.protocol),
      serverNames: [sources.naming.tagSni(service, tags, mesh.name).toLowerCase()],
      endpoints: [], servers: views, permission: { from: permissionsOf(service, mesh) }, conf: confsOf(service, mesh, sources), credentials: sources.credentials,
    },
    secrets,
  }];
}

/** As if the service were an inbound: policies with `from` that select it, else a TrafficPermission about it, else nobody. */
function permissionsOf(service: string, mesh: MeshState): ReturnType<typeof buildFromRules> {
  const subject: PolicySubject = { mesh: mesh.name, displayName: '', labels: {}, zone: '', namespace: '', inbounds: [{ name: undefined, port: 0, tags: { [SERVICE_TAG]: service } }], gateway: undefined };
  const found = (mesh.policies.get(PERMISSION) ?? []).filter((policy) => policy.from.length > 0 && policy.targetRef.kind !== 'Dataplane' && selectProxy(policy, subject, (name) => mesh.route(name)) !== undefined);
  const legacy = translateLegacy(mesh.legacyPolicies, subject).perInbound[0]?.get(PERMISSION);
  return buildFromRules(PERMISSION, found.length > 0 || legacy === undefined ? found : [legacy]);
}

/** From all policies of a type, whatever proxies they are about. */
function confsOf(service: string, mesh: MeshState, { naming, types }: TaggedSources): Readonly<Record<string, unknown>> {
  const context = { catalog: mesh, routes: (name: string) => mesh.route(name), matchesHash: (matches: readonly Readonly<Record<string, unknown>>[]) => naming.matchesHash(matches) };
  return Object.fromEntries(types.flatMap((type) => {
    const policies: readonly Policy[] = (mesh.policies.get(type) ?? []).filter(({ shadow }) => !shadow);
    const conf = findSubsetRule(buildToRules(type, policies, context).legacy, { [SERVICE_TAG]: service })?.conf;
    return conf === undefined ? [] : [[type, conf] as const];
  }));
}
