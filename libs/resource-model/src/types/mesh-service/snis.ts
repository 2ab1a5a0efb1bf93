import { displayNameOf } from '../../metadata/kri.ts';
import type { Resource } from '../../resource.ts';
import type { MeshExternalServiceSpec } from '../mesh-external-service/schema.ts';
import type { MeshMultiZoneServiceSpec } from '../mesh-multi-zone-service/mesh-multi-zone-service.ts';
import type { MeshServiceSpec } from './schema.ts';

/** One port and the server name that cross-zone connections to it carry. */
export interface PortSni {
  readonly port: number;
  readonly sni: string;
}

interface Port {
  readonly name?: string;
  readonly port: number;
}

/** What a type is called in server names, and where its ports stand; other types have none. */
const SERVICES: Readonly<Record<string, { readonly short: string; readonly ports: (spec: unknown) => readonly Port[] }>> = {
  MeshService: { short: 'msvc', ports: (spec) => (spec as MeshServiceSpec).ports ?? [] },
  MeshMultiZoneService: { short: 'mzsvc', ports: (spec) => (spec as MeshMultiZoneServiceSpec).ports ?? [] },
  MeshExternalService: { short: 'extsvc', ports: (spec) => [{ port: (spec as MeshExternalServiceSpec).match.port }] },
};

/**
 * Server names of a MeshService, MeshMultiZoneService or MeshExternalService, one per port, sorted by port:
 * `sni.<type>.<mesh>[.<zone>[.<namespace>]].<name>.<port name or number>`. Undefined for other types. Source: Kuma 2.14.
 */
export function serviceSnis(resource: Resource): readonly PortSni[] | undefined {
  const service = SERVICES[resource.type];
  if (service === undefined) return undefined;
  const { mesh, labels } = resource;
  const zone = labels['kuma.io/zone'] ?? '';
  const namespace = labels['k8s.kuma.io/namespace'] ?? '';
  const place = zone === '' ? [] : namespace === '' ? [zone] : [zone, namespace];
  return service.ports(resource.spec)
    .map(({ name, port }) => ({ port, sni: ['sni', service.short, mesh, ...place, displayNameOf(resource), name ?? String(port)].join('.') }))
    .sort((a, b) => a.port - b.port);
}
