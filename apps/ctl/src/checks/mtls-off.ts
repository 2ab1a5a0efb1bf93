import { deep, textOf, type PlaneCheck } from './check.ts';

/** Without mTLS, traffic is neither encrypted nor authenticated. */
export const mtlsOff: PlaneCheck = {
  id: 'WEFT-MESH-002',
  group: 'Meshes',
  title: 'traffic of every mesh in use is encrypted',
  run: ({ meshes, dataplanes, services }) => meshes
    .filter((mesh) => !deep(mesh, 'mtls', 'enabledBackend') && !services.some((service) => service['type'] === 'MeshIdentity' && service['mesh'] === mesh['name']) && dataplanes.some((dataplane) => dataplane['mesh'] === mesh['name']))
    .map((mesh) => ({ severity: 'warning', message: `mesh "${textOf(mesh, 'name')}" carries traffic in plaintext`, hint: 'add a MeshIdentity, or an mtls backend to the Mesh (mode PERMISSIVE at first, so that nothing breaks)' })),
};
