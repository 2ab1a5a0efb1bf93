import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { ResourceType } from '../../resource-type.ts';
import { portViolations } from '../../rules/port.ts';
import { bool, int32, object, oneOf, opt, text, type Static } from '../../schema/fields.ts';

const MeshOpenTelemetryBackendSchema = object({
  endpoint: opt(object({ address: opt(text()), port: opt(int32({ default: 4317 })), path: opt(text()) })),
  protocol: opt(oneOf(['grpc', 'http'])),
  env: opt(object({
    mode: opt(oneOf(['Disabled', 'Optional', 'Required'], { default: 'Optional' })),
    precedence: opt(oneOf(['EnvFirst', 'ExplicitFirst'], { default: 'EnvFirst' })),
    allowSignalOverrides: opt(bool()),
  })),
});

/** Spec of MeshOpenTelemetryBackend. */
export type MeshOpenTelemetryBackendSpec = Static<typeof MeshOpenTelemetryBackendSchema>;

/** MeshOpenTelemetryBackend: a collector that policies refer to. */
export const meshOpenTelemetryBackendType: ResourceType<MeshOpenTelemetryBackendSpec> = {
  name: 'MeshOpenTelemetryBackend',
  scope: 'Mesh',
  plural: 'meshopentelemetrybackends',
  cliName: 'meshopentelemetrybackend',
  shortName: 'motb',
  singularDisplayName: 'Mesh OpenTelemetry Backend',
  pluralDisplayName: 'Mesh OpenTelemetry Backends',
  form: 'spec',
  schema: MeshOpenTelemetryBackendSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  validate: validateBackend,
};

function validateBackend({ spec: { endpoint, protocol } }: Resource<MeshOpenTelemetryBackendSpec>): readonly Violation[] {
  const path = endpoint?.path ?? '';
  return [
    ...(endpoint === undefined ? [] : portViolations('spec.endpoint.port', endpoint.port)),
    ...(path !== '' && protocol !== 'http' ? [{ path: 'spec.endpoint.path', message: 'must not be set unless protocol is http' }] : []),
    ...(path !== '' && !path.startsWith('/') ? [{ path: 'spec.endpoint.path', message: 'must start with /' }] : []),
  ];
}
