import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import type { MeshTrafficPermissionSpec } from './schema.ts';

/** Semantic rules of MeshTrafficPermission. */
export function validateMeshTrafficPermission(_resource: Resource<MeshTrafficPermissionSpec>): readonly Violation[] {
  return [];
}
