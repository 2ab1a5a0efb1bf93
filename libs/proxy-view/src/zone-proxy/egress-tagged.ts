import { compareText } from '@weft/kernel';
import type { ExternalServer, MeshState } from '@weft/mesh-index';
import { buildToRules, findSubsetRule, selects, SERVICE_TAG, ZONE, type Policy } from '@weft/policy-engine';
import { externalServers } from '../external-servers.ts';
import { protocolOf } from '../protocol.ts';
import type { MeshCredentials, SecretRef } from '../proxy-view.ts';
import type { EgressSources } from './egress-destinations.ts';
import type { EgressDestination } from './egress-view.ts';
import { externalRules } from './external-rules.ts';
import { TagSubsets } from './tag-subsets.ts';

type Tags = Readonly<Record<string, string>>;

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
  const { MeshTrafficPermission: permissions, ...rules } = externalRules({ service, tags: commonTags(servers) }, mesh);
  return [{
    destination: {
      mesh: mesh.name, clusterName: `${mesh.name}:${name}`, chainName: `${name}_${mesh.name}`, target: { kind: 'tag', service }, protocol: protocolOf(mesh.services.get(service)?.protocol),
      serverNames: [sources.naming.tagSni(service, tags, mesh.name).toLowerCase()],
      endpoints: [], servers: views, permission: { from: permissions?.from ?? [] }, rules, conf: confsOf(service, mesh, sources), credentials: sources.credentials,
    },
    secrets,
  }];
}

/** What all of the servers are tagged with. */
function commonTags([first, ...others]: readonly ExternalServer[]): Tags {
  return Object.fromEntries(Object.entries(first?.tags ?? {}).filter(([key, value]) => others.every(({ tags }) => tags[key] === value)));
}

/** What policies say of a service by tag: all of a type, whatever proxies they are about. */
export function confsOf(service: string, mesh: MeshState, { naming, types }: Pick<TaggedSources, 'naming' | 'types'>): Readonly<Record<string, unknown>> {
  const context = { catalog: mesh, routes: (name: string) => mesh.route(name), matchesHash: (matches: readonly Readonly<Record<string, unknown>>[]) => naming.matchesHash(matches) };
  return Object.fromEntries(types.flatMap((type) => {
    const policies: readonly Policy[] = (mesh.policies.get(type) ?? []).filter(({ shadow }) => !shadow);
    const conf = findSubsetRule(buildToRules(type, policies, context).legacy, { [SERVICE_TAG]: service })?.conf;
    return conf === undefined ? [] : [[type, conf] as const];
  }));
}
