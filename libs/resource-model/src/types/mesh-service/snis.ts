import { displayNameOf } from '../../metadata/kri.ts';
import type { Resource } from '../../resource.ts';
import type { MeshServiceSpec } from './schema.ts';

/** One port and the server name that cross-zone connections to it carry. */
export interface PortSni {
  readonly port: number;
  readonly sni: string;
}

/** Server names of a MeshService, one per port, sorted by port: `sni.msvc.<mesh>[.<zone>[.<namespace>]].<name>.<port name or number>`. */
export function meshServiceSnis(resource: Resource): readonly PortSni[] {
  const { mesh, labels } = resource;
  const zone = labels['kuma.io/zone'] ?? '';
  const namespace = labels['k8s.kuma.io/namespace'] ?? '';
  const place = zone === '' ? [] : namespace === '' ? [zone] : [zone, namespace];
  const ports = (resource.spec as MeshServiceSpec).ports ?? [];
  return ports
    .map(({ name, port }) => ({ port, sni: ['sni', 'msvc', mesh, ...place, displayNameOf(resource), name ?? String(port)].join('.') }))
    .sort((a, b) => a.port - b.port);
}
