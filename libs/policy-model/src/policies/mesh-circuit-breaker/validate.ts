import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import type { MeshCircuitBreakerSpec } from './schema.ts';

/** Semantic rules of MeshCircuitBreaker. */
export function validateMeshCircuitBreaker(_resource: Resource<MeshCircuitBreakerSpec>): readonly Violation[] {
  return [];
}
