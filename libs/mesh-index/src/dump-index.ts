import { canonicalJson, sortedBy } from '@weft/kernel';
import type { MeshIndex } from './mesh-index.ts';
import type { MeshState } from './mesh-state.ts';

/** Everything that can be read from an index as canonical JSON: equal text means equal index. For tests and bug reports; holds no secrets. */
export function dumpIndex(index: MeshIndex): string {
  return canonicalJson({ vips: index.vips(), domains: index.domains, meshes: sortedBy(index.meshes.values(), ({ name }) => name).map(dumpMesh) });
}

function dumpMesh(mesh: MeshState): unknown {
  return {
    name: mesh.name,
    resource: mesh.resource,
    dataplanes: sortedBy(mesh.dataplanes.values(), ({ resource }) => resource.name).map(({ resource, inbounds, subject, contributions }) => ({ resource, inbounds, subject, contributions: Object.fromEntries(contributions) })),
    meshServices: sortedBy(mesh.meshServices.values(), ({ name }) => name).map(({ resource, item }) => ({ resource, item })),
    multiZoneServices: sortedBy(mesh.multiZoneServices.values(), ({ name }) => name).map(({ name, resource, item }) => ({ resource, item, members: mesh.membersOf(name).map((member) => member.name) })),
    externalServices: sortedBy(mesh.externalServices.values(), ({ name }) => name).map(({ resource, item }) => ({ resource, item })),
    services: Object.fromEntries(mesh.services),
    endpoints: Object.fromEntries([...mesh.endpoints].map(([key, set]) => [key, set.list()])),
    virtualPorts: mesh.virtualPorts,
    policies: Object.fromEntries([...mesh.policies].filter(([, list]) => list.length > 0)),
    legacyPolicies: sortedBy(mesh.legacyPolicies, ({ uid }) => uid),
    collectors: sortedBy(mesh.collectors.values(), ({ name }) => name),
    bundles: Object.fromEntries(mesh.bundles),
    identities: sortedBy(mesh.identities.identities.values(), ({ name }) => name),
    trustDomains: mesh.identities.trustDomains,
    peers: Object.fromEntries([...mesh.endpoints.keys()].map((key) => [key, mesh.peersOf(key)])),
    routes: sortedBy(mesh.list('MeshHTTPRoute'), ({ name }) => name),
  };
}
