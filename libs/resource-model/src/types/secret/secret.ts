import type { ResourceType } from '../../resource-type.ts';
import { SecretSchema, type SecretSpec } from './schema.ts';

/** Secret: sensitive data of one mesh. */
export const secretType: ResourceType<SecretSpec> = {
  name: 'Secret',
  scope: 'Mesh',
  plural: 'secrets',
  cliName: 'secret',
  singularDisplayName: 'Secret',
  pluralDisplayName: 'Secrets',
  form: 'inline',
  schema: SecretSchema,
  adminOnly: true,
  origin: 'global',
  federated: true,
  feed: 'envelope',
};

/** GlobalSecret: sensitive data of the control plane. */
export const globalSecretType: ResourceType<SecretSpec> = {
  name: 'GlobalSecret',
  scope: 'Global',
  plural: 'globalsecrets',
  aliases: ['global-secrets'],
  cliName: 'global-secret',
  cliAliases: ['globalsecret'],
  singularDisplayName: 'Global Secret',
  pluralDisplayName: 'Global Secrets',
  form: 'inline',
  schema: SecretSchema,
  adminOnly: true,
  origin: 'global',
  federated: true,
  feed: 'envelope',
};
