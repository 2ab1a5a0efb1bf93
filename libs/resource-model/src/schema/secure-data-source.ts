import { object, oneOf, opt, text, type Static } from './fields.ts';

const PLACES = {
  file: opt(object({ path: text() })),
  envVar: opt(object({ name: text() })),
  secretRef: opt(object({ kind: oneOf(['Secret']), name: text() })),
};
const TypeSchema = oneOf(['File', 'EnvVar', 'Secret', 'InsecureInline'], { description: 'Which of the other fields says where the value is.' });

/** Where newer resources take key material from: `type` and the field that belongs to it. File and environment are those of the control plane. */
export const SecureDataSourceSchema = object({ type: TypeSchema, ...PLACES, insecureInline: opt(object({ value: opt(text()) })) });

/** A {@link SecureDataSourceSchema} whose inline form is a secret. */
export const SensitiveSecureDataSourceSchema = object({ type: TypeSchema, ...PLACES, insecureInline: opt(object({ value: opt(text({ sensitive: true })) })) });

/** Source of key material. */
export type SecureDataSource = Static<typeof SecureDataSourceSchema>;
