import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { MeshSpec } from './schema.ts';

/** Semantic rules of Mesh. */
export function validateMesh(_resource: Resource<MeshSpec>): readonly Violation[] {
  return [];
}
