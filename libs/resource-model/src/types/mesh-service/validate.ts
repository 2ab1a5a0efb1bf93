import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { MeshServiceSpec } from './schema.ts';

/** Semantic rules of MeshService. */
export function validateMeshService(_resource: Resource<MeshServiceSpec>): readonly Violation[] {
  return [];
}
