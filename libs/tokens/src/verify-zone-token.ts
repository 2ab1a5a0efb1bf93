import type { Result } from '@weft/kernel';
import { refuse, type TokenRejection, type TokenVerifier, type Verified } from './token-verifier.ts';

/** Whether a token entitles its bearer to act for a zone in a scope (`ingress`, `egress`, `cp`). Never throws. */
export async function verifyZoneToken(verifier: TokenVerifier, token: string, bearer: { readonly zone: string; readonly scope: string }): Promise<Result<Verified<'zone'>, TokenRejection>> {
  const verified = await verifier.verify({ purpose: 'zone' }, token);
  if (!verified.ok) return verified;
  const { Zone, Scope } = verified.value;
  if (!Scope.includes(bearer.scope)) return refuse('scope', `the token has scope ${Scope.join(', ') || 'of nothing'}, "${bearer.scope}" is needed`);
  if (Zone !== '' && Zone !== bearer.zone) return refuse('zone', `the token is for zone "${Zone}", this is zone "${bearer.zone}"`);
  return verified;
}
