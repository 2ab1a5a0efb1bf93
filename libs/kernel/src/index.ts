export { canonicalJson, equalData, type Json } from './canonical-json.ts';
export type { Cancel, Clock } from './clock.ts';
export { formatDuration, parseDuration } from './duration.ts';
export { contentHash, HashedPrefix, sha256Hex } from './hash.ts';
export { Interner } from './intern.ts';
export { ERROR_CODES, MeshError, type ErrorCode, type MeshErrorOptions, type PlainMeshError, type Violation } from './mesh-error.ts';
export { compareText, groupBy, sortedBy } from './ordering.ts';
export { err, ok, type Result } from './result.ts';
export { Sensitive } from './secret.ts';
