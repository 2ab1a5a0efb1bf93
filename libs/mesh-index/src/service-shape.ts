import type { Endpoint } from './endpoint.ts';
import type { ExternalServer } from './tagged-externals.ts';

/** What outbounds need to know of a service by tag, beside its endpoints. */
export interface ServiceShape {
  /** Protocol that all endpoints have in common; undefined where some endpoint names none. */
  readonly protocol: string | undefined;
  /** Ports of its inbounds in the own zone, ascending. */
  readonly ports: readonly number[];
  /** Present where it lies outside the mesh: its servers, dialled by the proxies themselves or by way of an egress. */
  readonly external?: { readonly via: 'direct' | 'egress'; readonly servers: readonly ExternalServer[] };
}

/** Protocols that a protocol can also be spoken as, nearest first. Source: Kuma 2.14. */
const STACKS: Readonly<Record<string, readonly string[]>> = {
  http2: ['http2', 'tcp'], http: ['http', 'tcp'], grpc: ['grpc', 'http2', 'tcp'], kafka: ['kafka', 'tcp'], tcp: ['tcp'],
};

/** The shape of a service from its endpoints. `outside`: its ExternalServices; what has Dataplanes too is not outside the mesh. */
export function shapeOf(endpoints: readonly Endpoint[], outside: NonNullable<ServiceShape['external']>): ServiceShape {
  const [first, ...rest] = endpoints.map(({ protocol }) => protocol);
  if (endpoints.every(({ external }) => external === true)) {
    return { protocol: rest.reduce(common, first), ports: [...new Set(outside.servers.map(({ port }) => port))].sort((a, b) => a - b), external: outside };
  }
  return { protocol: rest.reduce(common, first), ports: [...new Set(endpoints.flatMap(({ port, remote, external }) => (remote === true || external === true ? [] : [port])))].sort((a, b) => a - b) };
}

function common(a: string | undefined, b: string | undefined): string | undefined {
  if (a === b || a === undefined || b === undefined) return a === b ? a : undefined;
  return STACKS[a]?.find((protocol) => STACKS[b]?.includes(protocol) === true);
}
