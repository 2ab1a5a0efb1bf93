import { extractSensitive } from '@weft/resource-model';
import { parseRevocationsSecret, parseSigningKey, parseSigningKeySecret } from '@weft/tokens';
import { withResource, type Step } from './draft.ts';
import { encodeClear } from './secret-content.ts';

/** Takes what is marked sensitive out of the resource: the store keeps it sealed, apart. */
export const splitSecret: Step = {
  name: 'split secret',
  stage: 'process',
  run: (draft) => {
    const { spec, values } = extractSensitive(draft.type.schema, draft.resource.spec);
    const clearSecret = encodeClear(draft.type.name, values);
    return clearSecret === undefined ? draft : { ...withResource(draft, { spec }), clearSecret };
  },
};

/** A secret under a signing key's name must hold one, otherwise no token of it would ever be good. */
export const checkSigningKey: Step = {
  name: 'check signing key',
  stage: 'process',
  run: (draft) => {
    if (draft.clearSecret === undefined || parseSigningKeySecret(draft.resource) === undefined) return draft;
    const parsed = parseSigningKey(draft.clearSecret);
    return parsed.ok ? draft : [{ path: 'data', message: parsed.error }];
  },
};

/** Revocations are plain text. */
export const checkRevocations: Step = {
  name: 'check revocations',
  stage: 'process',
  run: (draft) => {
    if (draft.clearSecret === undefined || parseRevocationsSecret(draft.resource) === undefined) return draft;
    return draft.clearSecret.includes(0) ? [{ path: 'data', message: 'must be a comma-separated list of token ids' }] : draft;
  },
};
