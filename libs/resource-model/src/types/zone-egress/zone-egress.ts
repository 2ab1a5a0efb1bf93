import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { ResourceType } from '../../resource-type.ts';
import { addressViolations } from '../../rules/address.ts';
import { portViolations } from '../../rules/port.ts';
import { object, opt, text, uint32, type Static } from '../../schema/fields.ts';

const ZoneEgressSchema = object({
  zone: opt(text({ description: 'Filled in by the control plane.' })),
  networking: opt(object({ address: opt(text()), port: opt(uint32()), admin: opt(object({ port: opt(uint32()) })) })),
});

/** Spec of ZoneEgress. */
export type ZoneEgressSpec = Static<typeof ZoneEgressSchema>;

/** ZoneEgress: where traffic leaves the zone. */
export const zoneEgressType: ResourceType<ZoneEgressSpec> = {
  name: 'ZoneEgress',
  scope: 'Global',
  plural: 'zoneegresses',
  cliName: 'zoneegress',
  shortName: 'ze',
  singularDisplayName: 'Zone Egress',
  pluralDisplayName: 'Zone Egresses',
  form: 'inline',
  schema: ZoneEgressSchema,
  origin: 'zone',
  feed: 'full',
  validate: validateZoneEgress,
};

function validateZoneEgress({ spec: { networking } }: Resource<ZoneEgressSpec>): readonly Violation[] {
  if (networking === undefined) return [{ path: 'networking', message: 'must be defined' }];
  const { address, port, admin } = networking;
  return [
    ...addressViolations('networking.address', address ?? ''),
    ...portViolations('networking.port', port),
    ...(admin?.port !== undefined && admin.port === port ? [{ path: 'networking.admin.port', message: 'must differ from port' }] : []),
  ];
}
