import type { MeshState } from '@weft/mesh-index';
import { sortedBy } from '@weft/kernel';
import type { OutboundSpec } from './outbound-specs.ts';
import type { ProxyClass } from './proxy-class.ts';
import type { DirectAccessView } from './proxy-view.ts';

/** Every service of the mesh. */
const ALL = '*';

/** Addresses of instances that a class of proxies reaches directly, unless something else stands there. */
export function directAccessTo(mesh: MeshState, { directAccess }: ProxyClass, outbounds: readonly Pick<OutboundSpec, 'address' | 'port'>[]): readonly DirectAccessView[] {
  if (directAccess === undefined) return [];
  const taken = new Set([...directAccess.own, ...outbounds.map(({ address, port }) => `${address}:${port}`)]);
  const services = directAccess.services.includes(ALL) ? [...mesh.services.keys()] : directAccess.services;
  const found = new Map<string, DirectAccessView>();
  const instances = services.flatMap((service) => mesh.endpoints.get(`tag:${service}`)?.list() ?? []).filter(({ remote }) => remote !== true);
  for (const { address, port } of instances) {
    const place = `${address}:${port}`;
    if (!taken.has(place)) found.set(place, { address, port });
  }
  return sortedBy(found, ([place]) => place).map(([, view]) => view);
}
