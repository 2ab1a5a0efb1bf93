import { randomUUID, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { ClaimsOf } from './claims.ts';
import type { TokenPurpose } from './token-keys.ts';

/** How a token is signed and how long it is good for. */
export interface IssueOptions {
  readonly key: KeyObject;
  readonly kid: string;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  readonly validForMs: number;
}

/** Ten years, what Kuma 2.14 gives where nothing is asked for. */
export const DEFAULT_VALIDITY_MS = 10 * 365 * 24 * 3_600_000;

// Clocks of other machines may be behind.
const BACKDATED_SECONDS = 5;

/** Issues a token: a JWT signed with RS256, claims in the order that Kuma 2.14 writes. */
export function issueToken<P extends TokenPurpose>(_purpose: P, claims: ClaimsOf[P], options: IssueOptions): Promise<string> {
  const now = Math.floor(options.nowMs / 1000);
  const start = now - BACKDATED_SECONDS;
  const times = { exp: now + Math.floor(options.validForMs / 1000), nbf: start, iat: start, jti: randomUUID() };
  return new SignJWT({ ...claims, ...times })
    .setProtectedHeader({ alg: 'RS256', kid: options.kid, typ: 'JWT' })
    .sign(options.key);
}
