import { isConnected } from '../describe/describe-zone.ts';
import { deep, textOf, type PlaneCheck } from './check.ts';

/** MeshExternalServices are reached by way of an egress alone: a Dataplane of the mesh, or one of the zone, which serves meshes with a CA. */
export const serversWithoutEgress: PlaneCheck = {
  id: 'WEFT-SVC-003',
  group: 'Services',
  title: 'MeshExternalServices can be reached',
  run: ({ multizone, meshes, services, egresses, dataplanes }) => meshes.flatMap((mesh) => {
    const name = textOf(mesh, 'name');
    const outside = services.filter((service) => service['type'] === 'MeshExternalService' && service['mesh'] === name);
    // Each zone has egresses of its own: of them it speaks by itself.
    const isSecured = Boolean(deep(mesh, 'mtls', 'enabledBackend')) || services.some((one) => one['type'] === 'MeshIdentity' && one['mesh'] === name);
    if (outside.length === 0 || (multizone !== undefined && isSecured)) return [];
    if (dataplanes.some((dataplane) => dataplane['mesh'] === name && deep(dataplane, 'labels', 'kuma.io/listener-zoneegress') === 'enabled' && isConnected(dataplane, 'dataplaneInsight'))) return [];
    const what = `the ${outside.length} MeshExternalServices of mesh "${name}" cannot be reached`;
    if (!deep(mesh, 'mtls', 'enabledBackend')) return [{ severity: 'error' as const, message: `${what}: the mesh has no mTLS, so that no egress of the zone serves it, and no egress listener on a Dataplane of its own`, hint: 'add an mtls backend to the Mesh (mode PERMISSIVE at first, so that nothing breaks), or in a mesh of identities such a listener (docs/external-services.md)' }];
    if (egresses.some((egress) => isConnected(egress, 'zoneEgressInsight'))) return [];
    return [{ severity: 'error' as const, message: `${what}: ${egresses.length === 0 ? 'there is no zone egress' : 'no zone egress is connected'}`, hint: 'start one: weft-dp run --proxy-type egress (docs/external-services.md)' }];
  }),
};
