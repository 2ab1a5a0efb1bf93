import type { Resource } from '@weft/resource-model';
import { targetRefWarnings } from '../../target-ref/warnings.ts';
import type { MeshTrafficPermissionSpec } from './schema.ts';

/** Deprecations of MeshTrafficPermission. Texts follow Kuma 2.14. */
export function meshTrafficPermissionWarnings(resource: Resource<MeshTrafficPermissionSpec>): readonly string[] {
  const usesFrom = (resource.spec.from ?? []).length > 0;
  return [
    ...targetRefWarnings(resource),
    ...(usesFrom ? ["'from' field is deprecated and will be removed in 3.0, use 'rules' with MeshIdentity (spiffeId) instead"] : []),
  ];
}
