import type { ResourceType } from '@weft/resource-model';
import { MeshTlsSchema, type MeshTlsSpec } from './schema.ts';
import { validateMeshTls } from './validate.ts';
import { inboundPolicyWarnings } from '../../target-ref/warnings.ts';

/** MeshTLS: mTLS mode, versions and ciphers of inbounds. */
export const meshTlsType: ResourceType<MeshTlsSpec> = {
  name: 'MeshTLS',
  scope: 'Mesh',
  plural: 'meshtlses',
  cliName: 'meshtls',
  shortName: 'mtls',
  singularDisplayName: 'Mesh TLS',
  pluralDisplayName: 'Mesh TLSes',
  form: 'spec',
  schema: MeshTlsSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 300, hasTo: false, hasFrom: true, hasRules: true, fromAsRules: true, singleItem: false },
  validate: validateMeshTls,
  warnings: inboundPolicyWarnings,
};
