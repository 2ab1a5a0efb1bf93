import type { ResourceType } from '../../resource-type.ts';
import { addressViolations } from '../../rules/address.ts';
import { portViolations } from '../../rules/port.ts';
import { int32, object, text, type Static } from '../../schema/fields.ts';

const MeshZoneAddressSchema = object({ address: text(), port: int32() });

/** Spec of MeshZoneAddress. */
export type MeshZoneAddressSpec = Static<typeof MeshZoneAddressSchema>;

/** MeshZoneAddress: where other zones reach this zone's ingress listener of a mesh. */
export const meshZoneAddressType: ResourceType<MeshZoneAddressSpec> = {
  name: 'MeshZoneAddress',
  scope: 'Mesh',
  plural: 'meshzoneaddresses',
  cliName: 'meshzoneaddress',
  shortName: 'mza',
  singularDisplayName: 'Mesh Zone Address',
  pluralDisplayName: 'Mesh Zone Addresses',
  form: 'spec',
  schema: MeshZoneAddressSchema,
  origin: 'zone',
  feed: 'full',
  validate: ({ spec }) => [...addressViolations('spec.address', spec.address), ...portViolations('spec.port', spec.port)],
};
