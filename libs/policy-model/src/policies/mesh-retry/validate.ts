import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import type { MeshRetrySpec } from './schema.ts';

/** Semantic rules of MeshRetry. */
export function validateMeshRetry(_resource: Resource<MeshRetrySpec>): readonly Violation[] {
  return [];
}
