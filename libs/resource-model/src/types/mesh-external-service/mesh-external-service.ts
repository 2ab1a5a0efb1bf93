import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { ResourceType } from '../../resource-type.ts';
import { addressViolations } from '../../rules/address.ts';
import { portViolations } from '../../rules/port.ts';
import { MeshExternalServiceSchema, type MeshExternalServiceSpec } from './schema.ts';

/** MeshExternalService: a destination outside the mesh, reached through a zone egress. */
export const meshExternalServiceType: ResourceType<MeshExternalServiceSpec> = {
  name: 'MeshExternalService',
  scope: 'Mesh',
  plural: 'meshexternalservices',
  cliName: 'meshexternalservice',
  shortName: 'extsvc',
  singularDisplayName: 'Mesh External Service',
  pluralDisplayName: 'Mesh External Services',
  form: 'spec',
  schema: MeshExternalServiceSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  validate: validateMeshExternalService,
};

function validateMeshExternalService({ spec }: Resource<MeshExternalServiceSpec>): readonly Violation[] {
  const { match, endpoints = [], extension, tls } = spec;
  const verification = tls?.verification;
  const hasCertificate = verification?.clientCert !== undefined;
  return [
    ...portViolations('spec.match.port', match.port),
    ...(endpoints.length === 0 && extension === undefined ? [{ path: 'spec.endpoints', message: 'must be defined when no extension is' }] : []),
    ...endpoints.flatMap(({ address, port, priority = 0 }, index) => [
      ...addressViolations(`spec.endpoints[${index}].address`, address),
      ...portViolations(`spec.endpoints[${index}].port`, port),
      ...(priority > 128 ? [{ path: `spec.endpoints[${index}].priority`, message: 'must be in inclusive range [0, 128]' }] : []),
    ]),
    ...(hasCertificate === (verification?.clientKey !== undefined) ? [] : [{ path: 'spec.tls.verification', message: 'clientCert and clientKey must be defined together' }]),
  ];
}
