import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import type { MeshTlsSpec } from './schema.ts';

/** Semantic rules of MeshTLS. */
export function validateMeshTls(_resource: Resource<MeshTlsSpec>): readonly Violation[] {
  return [];
}
