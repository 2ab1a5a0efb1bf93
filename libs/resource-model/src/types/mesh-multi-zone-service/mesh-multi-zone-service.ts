import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { ResourceType } from '../../resource-type.ts';
import { portViolations } from '../../rules/port.ts';
import { int32, list, object, oneOf, opt, stringMap, text, type Static } from '../../schema/fields.ts';

const MeshMultiZoneServiceSchema = object({
  selector: object({ meshService: object({ matchLabels: opt(stringMap()) }) }),
  ports: opt(list(object({ name: opt(text()), port: int32(), appProtocol: opt(oneOf(['grpc', 'http', 'http2', 'kafka', 'tcp'], { default: 'tcp' })) }))),
});

/** Spec of MeshMultiZoneService. */
export type MeshMultiZoneServiceSpec = Static<typeof MeshMultiZoneServiceSchema>;

/** MeshMultiZoneService: MeshServices of several zones as one destination. */
export const meshMultiZoneServiceType: ResourceType<MeshMultiZoneServiceSpec> = {
  name: 'MeshMultiZoneService',
  scope: 'Mesh',
  plural: 'meshmultizoneservices',
  cliName: 'meshmultizoneservice',
  shortName: 'mzsvc',
  singularDisplayName: 'Mesh Multi Zone Service',
  pluralDisplayName: 'Mesh Multi Zone Services',
  form: 'spec',
  schema: MeshMultiZoneServiceSchema,
  origin: 'global',
  federated: true,
  feed: 'full',
  validate: validateMeshMultiZoneService,
};

function validateMeshMultiZoneService({ spec }: Resource<MeshMultiZoneServiceSpec>): readonly Violation[] {
  const { selector, ports = [] } = spec;
  return [
    ...(Object.keys(selector.meshService.matchLabels ?? {}).length === 0 ? [{ path: 'spec.selector.meshService.matchLabels', message: 'cannot be empty' }] : []),
    ...(ports.length === 0 ? [{ path: 'spec.ports', message: 'must have at least one port' }] : []),
    ...ports.flatMap(({ port }, index) => [
      ...portViolations(`spec.ports[${index}].port`, port),
      ...(ports.slice(0, index).some((other) => other.port === port) ? [{ path: `spec.ports[${index}].port`, message: `port ${port} is already used by another entry` }] : []),
    ]),
  ];
}
