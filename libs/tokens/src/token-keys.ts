/** What a token is for. Each purpose has its own signing keys, so that a token of one kind is never taken for another. */
export type TokenPurpose = 'dataplane' | 'zone' | 'user';

/** Names one signing key: `mesh` for dataplane tokens only, `kid` as in the token's header, counted up from `1`. */
export interface SigningKeyId {
  readonly purpose: TokenPurpose;
  /** Absent for zone and user tokens. */
  readonly mesh?: string;
  readonly kid: string;
}

/** Names one list of revoked tokens. */
export type RevocationsId = Omit<SigningKeyId, 'kid'>;

/** The resource type and name of a secret. `mesh` is empty for a GlobalSecret. */
export interface SecretName {
  readonly type: 'Secret' | 'GlobalSecret';
  readonly mesh: string;
  readonly name: string;
}

/** The secret that holds a signing key; names as in Kuma 2.14. */
export function signingKeySecret({ purpose, mesh = '', kid }: SigningKeyId): SecretName {
  if (purpose === 'dataplane') return { type: 'Secret', mesh, name: `dataplane-token-signing-key-${mesh}-${kid}` };
  return { type: 'GlobalSecret', mesh: '', name: `${purpose}-token-signing-key-${kid}` };
}

/** The inverse of what a global control plane makes of its keys for zone tokens: zones get the public half, under this name. Undefined for other secrets. */
export function parsePublicKeySecret(secret: { readonly type: string; readonly name: string }): SigningKeyId | undefined {
  const kid = secret.type === 'GlobalSecret' ? /^zone-token-signing-public-key-(.+)$/.exec(secret.name)?.[1] : undefined;
  return kid === undefined ? undefined : serial({ purpose: 'zone' }, kid);
}

/** The secret that holds the revoked ids of a purpose: comma-separated `jti` values. Always a GlobalSecret. */
export function revocationsSecret({ purpose, mesh = '' }: RevocationsId): SecretName {
  return { type: 'GlobalSecret', mesh: '', name: purpose === 'dataplane' ? `dataplane-token-revocations-${mesh}` : `${purpose}-token-revocations` };
}

/** The inverse of {@link signingKeySecret}; undefined where the secret is no signing key. */
export function parseSigningKeySecret(secret: { readonly type: string; readonly mesh: string; readonly name: string }): SigningKeyId | undefined {
  if (secret.type === 'Secret') {
    const prefix = `dataplane-token-signing-key-${secret.mesh}-`;
    return secret.name.startsWith(prefix) ? serial({ purpose: 'dataplane', mesh: secret.mesh }, secret.name.slice(prefix.length)) : undefined;
  }
  if (secret.type !== 'GlobalSecret') return undefined;
  const found = /^(user|zone)-token-signing-key-(.+)$/.exec(secret.name);
  return found === null ? undefined : serial({ purpose: found[1] === 'user' ? 'user' : 'zone' }, found[2] ?? '');
}

/** The inverse of {@link revocationsSecret}; undefined where the secret is no list of revocations. */
export function parseRevocationsSecret(secret: { readonly type: string; readonly name: string }): RevocationsId | undefined {
  if (secret.type !== 'GlobalSecret') return undefined;
  const ofMesh = /^dataplane-token-revocations-(.+)$/.exec(secret.name)?.[1];
  if (ofMesh !== undefined) return { purpose: 'dataplane', mesh: ofMesh };
  if (secret.name === 'user-token-revocations') return { purpose: 'user' };
  return secret.name === 'zone-token-revocations' ? { purpose: 'zone' } : undefined;
}

/** The ids in a revocation secret's content. */
export function parseRevocations(text: string): readonly string[] {
  return text.split(',').map((id) => id.trim()).filter((id) => id !== '');
}

/** Name of the feed's object for a signing key (`TokenPublicKey`) or, without kid, for revocations (`TokenRevocations`). */
export function tokenObjectName({ purpose, mesh, kid }: RevocationsId & { readonly kid?: string }): string {
  return [purpose, mesh, kid].filter((part) => part !== undefined && part !== '').join('-');
}

/** Of several signing keys, the kid of the one that signs: the highest serial. Undefined without keys. */
export function newestKid(kids: Iterable<string>): string | undefined {
  const serials = [...kids].map(Number).filter((kid) => Number.isSafeInteger(kid));
  return serials.length === 0 ? undefined : String(Math.max(...serials));
}

// Kids are whole numbers: what else stands behind the prefix belongs to another mesh or another purpose.
function serial(id: RevocationsId, kid: string): SigningKeyId | undefined {
  return /^\d{1,15}$/.test(kid) ? { ...id, kid } : undefined;
}
