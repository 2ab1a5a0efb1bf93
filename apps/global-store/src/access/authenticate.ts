import type { IncomingMessage } from 'node:http';
import { MeshError, type Clock } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import type { ResourceStore } from '@weft/store';
import { TokenVerifier, type TrustedKeys } from '@weft/tokens';
import { ADMIN, ANONYMOUS, AUTHENTICATED_GROUP, type Caller } from './caller.ts';
import { isLocalAdmin } from './localhost-admin.ts';

/** What authentication needs. */
export interface AuthenticationPorts {
  readonly store: Pick<ResourceStore, 'list'>;
  readonly clock: Clock;
  readonly localhostIsAdmin: boolean;
  /** Keys of user tokens that the configuration names. */
  readonly userKeys: TrustedKeys;
}

/**
 * Says who asks. Requests from the machine itself are the administrator's; otherwise a Bearer token names the user,
 * and without one the caller is anonymous. Throws `auth/unauthenticated` for a bad token.
 */
export async function authenticate(request: IncomingMessage, ports: AuthenticationPorts): Promise<Caller> {
  if (ports.localhostIsAdmin && isLocalAdmin(request.socket.remoteAddress, request.headers)) return ADMIN;
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  if (scheme !== 'Bearer' || token === undefined) return ANONYMOUS;
  const verifier = await userTokenVerifier(ports);
  const verified = await verifier.verify({ purpose: 'user' }, token);
  if (!verified.ok) throw new MeshError('auth/unauthenticated', verified.error.message, { details: { reason: verified.error.reason } });
  return { name: verified.value.Name, groups: [...verified.value.Groups, AUTHENTICATED_GROUP] };
}

// Read afresh for each token: there are a handful of keys, and a revocation must count at once on every replica.
async function userTokenVerifier({ store, clock, userKeys }: AuthenticationPorts): Promise<TokenVerifier> {
  const verifier = new TokenVerifier(clock, userKeys);
  const objects: readonly Resource[] = [...await store.list('TokenPublicKey'), ...await store.list('TokenRevocations')];
  for (const object of objects) if (object.name === 'user' || object.name.startsWith('user-')) verifier.put(object);
  return verifier;
}
