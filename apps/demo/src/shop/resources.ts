import type { Place } from './place.ts';
import { ALLOWED, APP_PORT, INBOUND_PORT, INSTANCES, MESH, outboundPort, PROTOCOLS, targetsOf, type Instance, type Workload, type ZoneProxy } from './topology.ts';

/** A resource in REST form. */
export type Resource = Readonly<Record<string, unknown>> & { readonly type: string; readonly name: string };

/** The mesh: a certificate authority of its own, and leaves that live for `leafLifetime` (a duration such as `1h`). */
export function meshResource(leafLifetime: string): Resource {
  return {
    type: 'Mesh',
    name: MESH,
    meshServices: { mode: 'Disabled' },
    // Calls to other zones leave by way of the zone's egress.
    routing: { zoneEgress: true },
    mtls: {
      enabledBackend: 'ca-1',
      backends: [{ name: 'ca-1', type: 'builtin', dpCert: { rotation: { expiration: leafLifetime } } }],
    },
  };
}

/** One permission for each called workload, which names its callers. Everything else stays forbidden. */
export function permissions(): readonly Resource[] {
  const targets = [...new Set(ALLOWED.map(([, to]) => to))];
  return targets.map((to) => permission(`${to}-callers`, to, ALLOWED.filter(([, target]) => target === to).map(([from]) => from)));
}

/** A MeshTrafficPermission that lets `callers` call `target`. */
export function permission(name: string, target: Workload, callers: readonly Workload[]): Resource {
  return {
    type: 'MeshTrafficPermission',
    mesh: MESH,
    name,
    spec: {
      targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': target } },
      from: callers.map((caller) => ({ targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': caller } }, default: { action: 'Allow' } })),
    },
  };
}

/** A route that sends web's requests for the catalogue to one version, with a header that says so. */
export function catalogueRoute(version: string): Resource {
  return {
    type: 'MeshHTTPRoute',
    mesh: MESH,
    name: 'catalogue-version',
    spec: {
      targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'web' } },
      to: [{
        targetRef: { kind: 'MeshService', name: 'catalogue' },
        rules: [{
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          default: {
            filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-shop-route', value: version }] } }],
            backendRefs: [{ kind: 'MeshServiceSubset', name: 'catalogue', tags: { version }, weight: 100 }],
          },
        }],
      }],
    },
  };
}

/** The Dataplane of an instance. Without redirection it declares an outbound on its own address for each workload that it calls. */
export function dataplane(instance: Instance, { address, redirected }: Place): Resource {
  const tags = {
    'kuma.io/service': instance.workload,
    'kuma.io/protocol': PROTOCOLS[instance.workload],
    ...(instance.version === undefined ? {} : { version: instance.version }),
  };
  return {
    type: 'Dataplane',
    mesh: MESH,
    name: instance.name,
    networking: redirected ? { address, inbound: [{ port: INBOUND_PORT, tags }] } : {
      address,
      inbound: [{ port: INBOUND_PORT, servicePort: APP_PORT, serviceAddress: address, tags }],
      outbound: targetsOf(instance.workload).map((target) => ({ address, port: outboundPort(target), tags: { 'kuma.io/service': target } })),
    },
  };
}

/** The resource of a zone proxy; other zones reach an ingress where it listens. */
export function zoneProxy({ name, kind }: ZoneProxy, { address }: Place): Resource {
  if (kind === 'egress') return { type: 'ZoneEgress', name, networking: { address, port: INBOUND_PORT } };
  return { type: 'ZoneIngress', name, networking: { address, advertisedAddress: address, port: INBOUND_PORT, advertisedPort: INBOUND_PORT } };
}

/** REST path of a resource of the shop's mesh. */
export function resourcePath(resource: Resource): string {
  const plural: Readonly<Record<string, string>> = { Mesh: 'meshes', MeshTrafficPermission: 'meshtrafficpermissions', MeshHTTPRoute: 'meshhttproutes', Dataplane: 'dataplanes' };
  const collection = plural[resource.type];
  if (collection === undefined) throw new Error(`no REST path for ${resource.type}`);
  return resource.type === 'Mesh' ? `/meshes/${resource.name}` : `/meshes/${MESH}/${collection}/${resource.name}`;
}

/** SPIFFE id of a workload in the shop's mesh. */
export function spiffeId(workload: Workload): string {
  return `spiffe://${MESH}/${workload}`;
}

/** Names of all instances of a workload. */
export function instanceNames(workload: Workload): readonly string[] {
  return INSTANCES.filter((one) => one.workload === workload).map((one) => one.name);
}
