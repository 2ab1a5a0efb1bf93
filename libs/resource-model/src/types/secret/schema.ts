import { bytes, object, opt, type Static } from '../../schema/fields.ts';

/** Spec of Secret and GlobalSecret. `data` goes to secret storage; what is stored as a resource has an empty spec. */
export const SecretSchema = object({ data: opt(bytes({ sensitive: true, description: 'The secret, base64.' })) });

/** Spec of Secret and GlobalSecret. */
export type SecretSpec = Static<typeof SecretSchema>;
