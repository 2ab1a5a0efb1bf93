import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { ResourceType } from '../../resource-type.ts';
import { addressViolations } from '../../rules/address.ts';
import { portViolations } from '../../rules/port.ts';
import { bool, list, object, opt, stringMap, text, uint32, type Static } from '../../schema/fields.ts';

const AvailableServiceSchema = object({ tags: opt(stringMap()), instances: opt(uint32()), mesh: opt(text()), externalService: opt(bool()) });

const ZoneIngressSchema = object({
  zone: opt(text({ description: 'Filled in by the control plane.' })),
  networking: opt(object({ address: opt(text()), advertisedAddress: opt(text()), port: opt(uint32()), advertisedPort: opt(uint32()), admin: opt(object({ port: opt(uint32()) })) })),
  availableServices: opt(list(AvailableServiceSchema, { description: 'Kept by the control plane.' })),
});

/** Spec of ZoneIngress. */
export type ZoneIngressSpec = Static<typeof ZoneIngressSchema>;

/** ZoneIngress: where other zones enter this one. */
export const zoneIngressType: ResourceType<ZoneIngressSpec> = {
  name: 'ZoneIngress',
  scope: 'Global',
  plural: 'zoneingresses',
  aliases: ['zone-ingresses'],
  cliName: 'zoneingress',
  cliAliases: ['zone-ingress'],
  shortName: 'zi',
  singularDisplayName: 'Zone Ingress',
  pluralDisplayName: 'Zone Ingresses',
  form: 'inline',
  schema: ZoneIngressSchema,
  origin: 'zone',
  feed: 'full',
  validate: validateZoneIngress,
};

function validateZoneIngress({ spec: { networking } }: Resource<ZoneIngressSpec>): readonly Violation[] {
  if (networking === undefined) return [{ path: 'networking', message: 'must be defined' }];
  const { address, advertisedAddress = '', advertisedPort = 0, port, admin } = networking;
  return [
    ...(address === undefined ? [] : addressViolations('networking.address', address)),
    ...(advertisedAddress === '' ? [] : addressViolations('networking.advertisedAddress', advertisedAddress)),
    ...portViolations('networking.port', port),
    ...(advertisedPort === 0 ? [] : portViolations('networking.advertisedPort', advertisedPort)),
    ...((advertisedAddress === '') === (advertisedPort === 0) ? [] : [{ path: 'networking', message: 'has to contain both advertisedAddress and advertisedPort, or none of them' }]),
    ...(admin?.port !== undefined && admin.port === port ? [{ path: 'networking.admin.port', message: 'must differ from port' }] : []),
  ];
}
