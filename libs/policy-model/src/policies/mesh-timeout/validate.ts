import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import type { MeshTimeoutSpec } from './schema.ts';

/** Semantic rules of MeshTimeout. */
export function validateMeshTimeout(_resource: Resource<MeshTimeoutSpec>): readonly Violation[] {
  return [];
}
