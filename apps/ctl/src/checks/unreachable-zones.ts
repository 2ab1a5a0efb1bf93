import { deep, textOf, wordAt, type PlaneCheck } from './check.ts';

/** Zones are entered by TLS only: in a mesh without certificates each zone is on its own. */
export const unreachableZones: PlaneCheck = {
  id: 'WEFT-SVC-002',
  group: 'Services',
  title: 'services of other zones can be reached',
  run: ({ meshes, services }) => meshes.flatMap((mesh) => {
    const name = textOf(mesh, 'name');
    const own = services.filter((service) => service['mesh'] === name);
    if (deep(mesh, 'mtls', 'enabledBackend') || own.some(({ type }) => type === 'MeshIdentity')) return [];
    const zones = [...new Set(own.flatMap((service) => (service['type'] === 'MeshService' ? [wordAt(service, ['labels', 'kuma.io/zone'], '')] : [])))].sort();
    if (zones.length < 2) return [];
    return [{ severity: 'error' as const, message: `mesh "${name}" has services in zones ${zones.join(', ')}, and no mTLS: none reaches a service of another zone`, hint: 'add a MeshIdentity, or an mtls backend to the Mesh (mode PERMISSIVE at first, so that nothing breaks)' }];
  }),
};
