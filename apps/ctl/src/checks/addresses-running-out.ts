import { deep, textOf, wordAt, type PlaneCheck } from './check.ts';

const FULL = 0.8;

const POOLS = [['MeshService', 'meshService'], ['MeshExternalService', 'meshExternalService'], ['MeshMultiZoneService', 'meshMultiZoneService']] as const;

/** When a pool of virtual IPs is used up, new services get no address and no name. */
export const addressesRunningOut: PlaneCheck = {
  id: 'WEFT-DNS-001',
  group: 'Services',
  title: 'pools of virtual IPs have room',
  run: ({ services, config }) => POOLS.flatMap(([type, key]) => {
    const prefix = /\/(\d+)$/.exec(wordAt(config, ['ipam', key, 'cidr'], ''))?.[1];
    if (prefix === undefined) return [];
    const size = 2 ** (32 - Number(prefix));
    const used = services.filter((service) => textOf(service, 'type') === type && Array.isArray(deep(service, 'status', 'vips'))).length;
    if (used < size * FULL) return [];
    return [{ severity: used >= size - 1 ? 'error' as const : 'warning' as const, message: `${used} of ${size} virtual IPs of the pool for ${type} are in use`, hint: `widen ipam.${key}.cidr in the control plane's configuration` }];
  }),
};
