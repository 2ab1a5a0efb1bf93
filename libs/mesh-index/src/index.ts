export { readDataplane, type DataplaneEntry } from './dataplane-entry.ts';
export { clean, dirtyMesh, type Dirty, type EndpointSetKey, type MeshDirty } from './dirty.ts';
export { dumpIndex } from './dump-index.ts';
export type { EndpointSet } from './endpoint-set.ts';
export { SERVICELESS_PORT, type Endpoint } from './endpoint.ts';
export { MeshIndex, type ServiceVip, type TypeLookup } from './mesh-index.ts';
export type { MeshServiceEntry } from './mesh-service-entry.ts';
export type { MeshState } from './mesh-state.ts';
export type { ServiceShape } from './service-shape.ts';
