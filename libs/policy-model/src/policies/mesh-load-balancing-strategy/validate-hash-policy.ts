import type { Violation } from '@weft/kernel';
import { blockOfType } from '../../rules/shape.ts';
import type { HashPolicy } from './schema.ts';

const BLOCKS = { Header: 'header', Cookie: 'cookie', Connection: 'connection', SourceIP: 'connection', QueryParameter: 'queryParameter', FilterState: 'filterState' };

/** Rules of one hash policy: the block of its type, and an absolute cookie path. */
export function hashPolicyViolations(policy: HashPolicy, path: string): readonly Violation[] {
  const relative = policy.cookie?.path !== undefined && !policy.cookie.path.startsWith('/');
  return [...blockOfType(path, policy, BLOCKS), ...(relative ? [{ path: `${path}.cookie.path`, message: 'must be an absolute path' }] : [])];
}
