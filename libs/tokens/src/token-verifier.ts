import { createPublicKey, type KeyObject } from 'node:crypto';
import { err, ok, type Clock, type Result } from '@weft/kernel';
import type { Resource, ResourceKey } from '@weft/resource-model';
import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import type { TrustedKeys } from './configured-keys.ts';
import { parseClaims, type ClaimsOf } from './claims.ts';
import { tokenObjectName, type RevocationsId, type TokenPurpose } from './token-keys.ts';

/** Why a token was refused. */
export type TokenRefusal =
  | 'malformed'
  | 'unknown-key'
  | 'signature'
  | 'expired'
  | 'not-yet-valid'
  | 'revoked'
  | 'mesh'
  | 'name'
  | 'tags'
  | 'workload'
  | 'workload-required'
  | 'scope'
  | 'zone';

/** A refusal in words. The text never repeats the token. */
export interface TokenRejection {
  readonly reason: TokenRefusal;
  readonly message: string;
}

/** Claims of a good token, with its id. */
export type Verified<P extends TokenPurpose> = ClaimsOf[P] & { readonly jti: string };

/** The public half of one key, as the feed's `TokenPublicKey` has it. */
export interface PublicKeySpec {
  readonly purpose: TokenPurpose;
  readonly mesh?: string;
  readonly kid: string;
  readonly publicKeyPem: string;
}

/** Revoked ids, as the feed's `TokenRevocations` has them. */
export interface RevocationsSpec {
  readonly purpose: TokenPurpose;
  readonly mesh?: string;
  readonly ids: readonly string[];
}

/** Clocks of control planes may be so far apart, in milliseconds: a token of one is good at the others at once. */
const CLOCK_AHEAD_MS = 600_000;

/**
 * Verifies tokens from what the feed says: public keys and revocations. Needs no store, so it goes on while that is
 * away. Feed it with {@link TokenVerifier.put} and {@link TokenVerifier.remove}, or with keys from the configuration.
 */
export class TokenVerifier {
  readonly #clock: Clock;
  readonly #storedKeys: boolean;
  readonly #keys = new Map<string, KeyObject>();
  readonly #revoked = new Map<string, ReadonlySet<string>>();

  constructor(clock: Clock, { keys, storedKeys }: TrustedKeys = { keys: [], storedKeys: true }) {
    this.#clock = clock;
    this.#storedKeys = storedKeys;
    for (const key of keys) this.addKey(key);
  }

  /** Takes in a resource of type `TokenPublicKey` or `TokenRevocations`; others are ignored. */
  put(resource: Pick<Resource, 'type' | 'name' | 'spec'>): void {
    if (resource.type === 'TokenPublicKey' && this.#storedKeys) this.addKey(resource.spec as PublicKeySpec);
    if (resource.type === 'TokenRevocations') this.#revoked.set(resource.name, new Set((resource.spec as RevocationsSpec).ids));
  }

  /** Forgets a deleted resource. */
  remove(key: Pick<ResourceKey, 'type' | 'name'>): void {
    if (key.type === 'TokenPublicKey' && this.#storedKeys) this.#keys.delete(key.name);
    if (key.type === 'TokenRevocations') this.#revoked.delete(key.name);
  }

  /** Takes in a key that does not come from the feed (configured, or for verification offline). A broken key is ignored. */
  addKey(spec: PublicKeySpec): void {
    try {
      this.#keys.set(tokenObjectName(spec), createPublicKey(spec.publicKeyPem));
    } catch {
      this.#keys.delete(tokenObjectName(spec));
    }
  }

  /**
   * Signature, key, times and revocation of a token of one purpose (for dataplane tokens: of one mesh), then its
   * claims. Never throws, whatever the bytes.
   */
  async verify<P extends TokenPurpose>(id: RevocationsId & { readonly purpose: P }, token: string): Promise<Result<Verified<P>, TokenRejection>> {
    const kid = readKid(token);
    if (kid === undefined) return refuse('malformed', 'the token is no JWT with a key id: give the text as "generate" printed it');
    const key = this.#keys.get(tokenObjectName({ ...id, kid }));
    if (key === undefined) return refuse('unknown-key', `there is no signing key with KID ${kid} for ${id.purpose} tokens${id.mesh === undefined ? '' : ` in mesh "${id.mesh}"`}; if the key was rotated, generate a new token`);
    try {
      return this.#checkPayload(id, await this.#payload(token, key));
    } catch (cause) {
      return err(rejectionOf(cause));
    }
  }

  /** A token that is valid from a moment on that has not come yet is one of a machine whose clock is ahead, within limits. */
  async #payload(token: string, key: KeyObject): Promise<JWTPayload> {
    const now = this.#clock.now();
    const at = async (time: number): Promise<JWTPayload> => (await jwtVerify(token, key, { algorithms: ['RS256'], currentDate: new Date(time), requiredClaims: ['exp'] })).payload;
    return at(now).catch((cause: unknown) => {
      const begins = isTooEarly(cause) ? Number(cause.payload.nbf) * 1000 : Infinity;
      if (begins > now + CLOCK_AHEAD_MS) throw cause;
      return at(begins);
    });
  }

  #checkPayload<P extends TokenPurpose>(id: RevocationsId & { readonly purpose: P }, payload: Readonly<Record<string, unknown>>): Result<Verified<P>, TokenRejection> {
    const jti = typeof payload['jti'] === 'string' ? payload['jti'] : '';
    if (this.#revoked.get(tokenObjectName({ purpose: id.purpose, ...(id.mesh === undefined ? {} : { mesh: id.mesh }) }))?.has(jti)) {
      return refuse('revoked', `the token with id "${jti}" was revoked`);
    }
    const claims: Result<ClaimsOf[P], string> = parseClaims[id.purpose](payload);
    return claims.ok ? ok({ ...claims.value, jti }) : refuse('malformed', `the token is signed, but ${claims.error}`);
  }
}

/** A refusal as a value. */
export function refuse(reason: TokenRefusal, message: string): Result<never, TokenRejection> {
  return err({ reason, message });
}

function readKid(token: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === 'string' && kid !== '' && kid.length <= 64 ? kid : undefined;
  } catch {
    return undefined;
  }
}

function isTooEarly(cause: unknown): cause is errors.JWTClaimValidationFailed {
  return cause instanceof errors.JWTClaimValidationFailed && cause.claim === 'nbf';
}

function rejectionOf(cause: unknown): TokenRejection {
  if (cause instanceof errors.JWTExpired) return { reason: 'expired', message: 'the token has expired: generate a new one' };
  if (isTooEarly(cause)) {
    return { reason: 'not-yet-valid', message: 'the token is not valid yet: compare the clocks of this machine and of the one that issued it' };
  }
  if (cause instanceof errors.JWSSignatureVerificationFailed) return { reason: 'signature', message: 'the signature of the token is wrong: it was issued by another control plane, or changed' };
  return { reason: 'malformed', message: 'the token is no RS256 JWT with the expected claims' };
}
