/** Services of the shop; `shopper` is the client that keeps traffic flowing. */
export type Workload = 'shopper' | 'web' | 'catalogue' | 'cart' | 'stock' | 'reviews';

/** Application protocols, as values of the tag `kuma.io/protocol`. */
export type Protocol = 'http' | 'grpc' | 'tcp';

/** The zones of the shop, each with a control plane of its own. */
export type Zone = 'east' | 'west';

/** What has an Envoy and a place of its own. `host` is the last byte of its loopback address. */
export interface Member {
  readonly name: string;
  readonly zone: Zone;
  readonly host: number;
}

/** One running copy of a workload. */
export interface Instance extends Member {
  readonly workload: Workload;
  readonly version: string | undefined;
}

/** A proxy of a zone: others come in through its ingress, and its own members go out through its egress. */
export interface ZoneProxy extends Member {
  readonly kind: 'ingress' | 'egress';
}

export const ZONES: readonly Zone[] = ['east', 'west'];

/** The mesh of the shop. */
export const MESH = 'shop';

/** Protocol of each workload. */
export const PROTOCOLS: Readonly<Record<Workload, Protocol>> = { shopper: 'http', web: 'http', catalogue: 'http', cart: 'grpc', stock: 'tcp', reviews: 'http' };

/** Who is meant to call whom: these pairs get a permission. */
export const ALLOWED: readonly (readonly [Workload, Workload])[] = [
  ['shopper', 'web'], ['web', 'catalogue'], ['web', 'cart'], ['web', 'reviews'], ['catalogue', 'stock'], ['cart', 'stock'],
];

/** Who tries although nobody permits it. */
export const FORBIDDEN: readonly (readonly [Workload, Workload])[] = [['reviews', 'catalogue'], ['reviews', 'stock']];

/** All instances, in the order in which they start. What is in one zone only is called from the other through its ingress. */
export const INSTANCES: readonly Instance[] = [
  { name: 'stock-1', zone: 'east', workload: 'stock', version: undefined, host: 6 },
  { name: 'stock-2', zone: 'west', workload: 'stock', version: undefined, host: 7 },
  { name: 'catalogue-1', zone: 'east', workload: 'catalogue', version: 'v1', host: 2 },
  { name: 'catalogue-2', zone: 'east', workload: 'catalogue', version: 'v1', host: 3 },
  { name: 'catalogue-3', zone: 'west', workload: 'catalogue', version: 'v2', host: 4 },
  { name: 'cart-1', zone: 'east', workload: 'cart', version: undefined, host: 5 },
  { name: 'reviews-1', zone: 'west', workload: 'reviews', version: undefined, host: 8 },
  { name: 'web-1', zone: 'east', workload: 'web', version: undefined, host: 1 },
  { name: 'shopper-1', zone: 'east', workload: 'shopper', version: undefined, host: 9 },
];

/** The proxies of the zones. */
export const ZONE_PROXIES: readonly ZoneProxy[] = ZONES.flatMap((zone, at) => (['ingress', 'egress'] as const).map((kind, other) => ({ name: `${zone}-${kind}`, zone, kind, host: 10 + 2 * at + other })));

/** Everything that has an Envoy. */
export const MEMBERS: readonly Member[] = [...INSTANCES, ...ZONE_PROXIES];

/** Port of every Envoy's inbound listener. */
export const INBOUND_PORT = 10_080;
/** Port on which every app itself listens. */
export const APP_PORT = 10_081;
/** Port of Envoy's admin listener, which Kuma's layout puts on the dataplane's address. */
export const ADMIN_PORT = 9901;

const OUTBOUND_PORTS: Readonly<Record<Workload, number>> = { shopper: 10_000, web: 10_001, catalogue: 10_002, cart: 10_003, stock: 10_004, reviews: 10_005 };

/** Port on a caller's own address where its Envoy takes calls for a workload. */
export function outboundPort(target: Workload): number {
  return OUTBOUND_PORTS[target];
}

/** Workloads that one calls, permitted or not. */
export function targetsOf(workload: Workload): readonly Workload[] {
  return [...ALLOWED, ...FORBIDDEN].filter(([from]) => from === workload).map(([, to]) => to);
}

/** Loopback address of a member in a subnet such as `127.0.1`. */
export function addressOf({ host }: Member, subnet: string): string {
  return `${subnet}.${host}`;
}

/** The instance of that name. Throws on an unknown name, which is a mistake in the demo itself. */
export function instanceNamed(name: string): Instance {
  const instance = INSTANCES.find((one) => one.name === name);
  if (instance === undefined) throw new Error(`the shop has no instance ${name}; it has ${INSTANCES.map((one) => one.name).join(', ')}`);
  return instance;
}

/** The first instance of a workload. */
export function firstOf(workload: Workload): Instance {
  return instanceNamed(`${workload}-1`);
}
