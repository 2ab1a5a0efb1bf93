import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import type { MeshHttpRouteSpec } from './schema.ts';

/** Semantic rules of MeshHTTPRoute. */
export function validateMeshHttpRoute(_resource: Resource<MeshHttpRouteSpec>): readonly Violation[] {
  return [];
}
