import { deep, textOf, type PlaneCheck } from './check.ts';

/** With mTLS on, whatever no permission allows is denied. */
export const mtlsWithoutPermission: PlaneCheck = {
  id: 'WEFT-MESH-001',
  group: 'Meshes',
  title: 'meshes with mTLS permit some traffic',
  run: ({ meshes, permissions }) => meshes.filter((mesh) => deep(mesh, 'mtls', 'enabledBackend')).map((mesh) => textOf(mesh, 'name')).filter((mesh) => !permissions.some((permission) => textOf(permission, 'mesh') === mesh)).map((mesh) => ({
    severity: 'error', message: `mesh "${mesh}" has mTLS on and no MeshTrafficPermission: every request in it is denied`, hint: 'apply a MeshTrafficPermission that allows what should be allowed',
  })),
};
