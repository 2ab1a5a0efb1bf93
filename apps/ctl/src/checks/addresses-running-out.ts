import { deep, textOf, wordAt, type PlaneCheck } from './check.ts';

const FULL = 0.8;

const POOLS = [['MeshService', 'meshService'], ['MeshExternalService', 'meshExternalService'], ['MeshMultiZoneService', 'meshMultiZoneService']] as const;

/** When a pool of virtual IPs is used up, new services get no address and no name. */
export const addressesRunningOut: PlaneCheck = {
  id: 'WEFT-DNS-001',
  group: 'Services',
  title: 'pools of virtual IPs have room',
  run: ({ services, config }) => POOLS.flatMap(([type, key]) => {
    const cidr = wordAt(config, ['ipam', key, 'cidr'], '');
    const prefix = /\/(\d+)$/.exec(cidr)?.[1];
    if (prefix === undefined) return [];
    // The first and the last address are not handed out.
    const size = Math.max(1, 2 ** ((cidr.includes(':') ? 128 : 32) - Number(prefix)) - 2);
    const used = services.filter((service) => textOf(service, 'type') === type && hasAddress(service)).length;
    if (used < size * FULL) return [];
    return [{ severity: used >= size ? 'error' as const : 'warning' as const, message: `${used} of ${size} virtual IPs of the pool for ${type} are in use`, hint: `widen ipam.${key}.cidr in the control plane's configuration` }];
  }),
};

function hasAddress(service: unknown): boolean {
  const first = deep(service, 'status', 'vips', 0, 'ip') ?? deep(service, 'status', 'vip', 'ip');
  return typeof first === 'string' && first !== '';
}
