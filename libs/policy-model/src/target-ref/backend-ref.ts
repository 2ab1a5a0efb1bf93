import type { Violation } from '@weft/kernel';
import type { BackendRef } from './schema.ts';
import { targetRefViolations, type TargetRefPlace } from './validate.ts';

// The name that a Gateway API translation gives to a backend that does not exist.
const UNRESOLVED = 'kuma.io/unresolved-backend';

/** Rules of a route's destination. Texts follow Kuma 2.14. */
export function backendRefViolations(ref: BackendRef, place: TargetRefPlace): readonly Violation[] {
  if (ref.name === UNRESOLVED) return [];
  const portless = ref.kind === 'MeshMultiZoneService' && place.kinds.includes(ref.kind) && ref.port === undefined;
  return [...targetRefViolations(ref, place), ...(portless ? [{ path: `${place.path}.port`, message: 'must be defined with kind MeshMultiZoneService' }] : [])];
}
