import type { HostnameGeneratorSpec, MeshMultiZoneServiceStatus, MeshServiceStatus } from '@weft/resource-model';

/** Types of resources that get an address and names. */
export type ServiceType = 'MeshService' | 'MeshExternalService' | 'MeshMultiZoneService';

/** What the three kinds of status share; each has its address in a place of its own. */
export interface ServiceStatus extends Pick<MeshServiceStatus, 'addresses' | 'hostnameGenerators' | 'vips'>, Pick<MeshMultiZoneServiceStatus, 'meshServices' | 'conditions'> {
  readonly vip?: { readonly ip?: string };
}

/** How one kind differs from the others. */
export interface ServiceKind {
  readonly type: ServiceType;
  /** Where a HostnameGenerator selects it. */
  readonly selector: keyof NonNullable<HostnameGeneratorSpec['selector']>;
  /** Configuration key of its pool. */
  readonly poolKey: string;
  /** The part of the status that carries the address. */
  addressStatus(address: string | undefined): ServiceStatus;
  addressIn(status: ServiceStatus): string | undefined;
}

const inList = {
  addressStatus: (address: string | undefined): ServiceStatus => ({ vips: address === undefined ? [] : [{ ip: address }] }),
  addressIn: ({ vips }: ServiceStatus): string | undefined => vips?.[0]?.ip,
};

/** The three kinds. Source: Kuma 2.14. */
export const SERVICE_KINDS: readonly ServiceKind[] = [
  { type: 'MeshService', selector: 'meshService', poolKey: 'ipam.meshService.cidr', ...inList },
  {
    type: 'MeshExternalService', selector: 'meshExternalService', poolKey: 'ipam.meshExternalService.cidr',
    addressStatus: (address) => ({ vip: address === undefined ? {} : { ip: address } }),
    addressIn: ({ vip }) => vip?.ip,
  },
  { type: 'MeshMultiZoneService', selector: 'meshMultiZoneService', poolKey: 'ipam.meshMultiZoneService.cidr', ...inList },
];

/** The kind of a type; undefined where it has neither address nor names. */
export function kindOf(type: string): ServiceKind | undefined {
  return SERVICE_KINDS.find((kind) => kind.type === type);
}
