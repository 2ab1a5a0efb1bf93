import { parseRevocationsSecret, parseSigningKey, parseSigningKeySecret } from '@weft/tokens';
import { isSecretType } from './secret-types.ts';
import type { Step } from './draft.ts';

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Takes the content of a Secret or GlobalSecret out of the resource: the store keeps it sealed, apart. */
export const splitSecret: Step = {
  name: 'split secret',
  stage: 'process',
  run: (draft) => {
    if (!isSecretType(draft.type.name)) return draft;
    const data: unknown = (draft.spec as { readonly data?: unknown }).data ?? '';
    if (typeof data !== 'string' || !BASE64.test(data)) return [{ path: 'data', message: 'must be text in base64' }];
    return { ...draft, spec: {}, clearSecret: new Uint8Array(Buffer.from(data, 'base64')) };
  },
};

/** A secret under a signing key's name must hold one, otherwise no token of it would ever be good. */
export const checkSigningKey: Step = {
  name: 'check signing key',
  stage: 'process',
  run: (draft) => {
    const key = { type: draft.type.name, mesh: draft.mesh, name: draft.name };
    if (draft.clearSecret === undefined || parseSigningKeySecret(key) === undefined) return draft;
    const parsed = parseSigningKey(draft.clearSecret);
    return parsed.ok ? draft : [{ path: 'data', message: parsed.error }];
  },
};

/** Revocations of dataplane tokens of a mesh, or of zone or user tokens, are plain text. */
export const checkRevocations: Step = {
  name: 'check revocations',
  stage: 'process',
  run: (draft) => {
    if (draft.clearSecret === undefined || parseRevocationsSecret({ type: draft.type.name, name: draft.name }) === undefined) return draft;
    return draft.clearSecret.includes(0) ? [{ path: 'data', message: 'must be a comma-separated list of token ids' }] : draft;
  },
};
