import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { DataplaneSpec } from './schema.ts';

/** Semantic rules of Dataplane. */
export function validateDataplane(_resource: Resource<DataplaneSpec>): readonly Violation[] {
  return [];
}
