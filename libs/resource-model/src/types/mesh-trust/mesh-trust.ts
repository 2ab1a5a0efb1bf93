import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { ResourceType } from '../../resource-type.ts';
import { MeshTrustSchema, type MeshTrustSpec } from './schema.ts';

/** MeshTrust: the CAs whose certificates count for a trust domain. */
export const meshTrustType: ResourceType<MeshTrustSpec> = {
  name: 'MeshTrust',
  scope: 'Mesh',
  plural: 'meshtrusts',
  cliName: 'meshtrust',
  shortName: 'mtrust',
  singularDisplayName: 'Mesh Trust',
  pluralDisplayName: 'Mesh Trusts',
  form: 'spec',
  schema: MeshTrustSchema,
  origin: 'both',
  feed: 'full',
  federated: true,
  validate: validateMeshTrust,
  warnings: ({ spec }) => (spec.origin === undefined ? [] : ["field 'spec.origin' is deprecated, see status.origin"]),
};

/** One PEM block is enough to see: what else it says is checked where it is used, so that one bad CA costs no other. */
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/;
const TRUST_DOMAIN = /^[a-z0-9._-]+$/;

function validateMeshTrust({ spec }: Resource<MeshTrustSpec>): readonly Violation[] {
  return [
    ...(TRUST_DOMAIN.test(spec.trustDomain) ? [] : [{ path: 'spec.trustDomain', message: 'must consist of lower case letters, digits, ".", "-" and "_"' }]),
    ...spec.caBundles.flatMap(({ pem }, index) => {
      const path = `spec.caBundles[${index}].pem`;
      if (pem === undefined) return [{ path, message: 'must be defined' }];
      return PEM.test(pem.value) ? [] : [{ path: `${path}.value`, message: 'must hold a PEM block "CERTIFICATE"' }];
    }),
  ];
}
