import type { Resource } from '@weft/resource-model';

/** A resource with the usual metadata. */
export function resource<Spec>(type: string, name: string, spec: Spec, options: { readonly mesh?: string; readonly version?: number; readonly labels?: Readonly<Record<string, string>>; readonly status?: unknown } = {}): Resource<Spec> {
  const { mesh: owner = 'default', version = 1, labels = {}, status } = options;
  return { type, mesh: owner, name, labels, creationTime: '2026-01-01T00:00:00.000Z', modificationTime: '2026-01-01T00:00:00.000Z', version, spec, ...(status !== undefined && { status }) };
}

/** A Mesh; with a mode, it has a builtin CA. */
export function mesh(mtls?: 'STRICT' | 'PERMISSIVE', version = 1): Resource {
  const spec = mtls === undefined ? {} : { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: mtls }] } };
  return resource('Mesh', 'default', spec, { mesh: '', version });
}

/** What a test says of a Dataplane. */
export interface DataplaneSketch {
  readonly name: string;
  readonly address: string;
  readonly service: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly protocol?: string;
  readonly ready?: boolean;
  readonly port?: number;
  readonly outbounds?: readonly { readonly port: number; readonly service: string }[];
  readonly redirected?: boolean;
  readonly version?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A Dataplane with one inbound. */
export function dataplane(sketch: DataplaneSketch): Resource {
  const { name, address, service, tags = {}, protocol = 'http', ready = true, port = 8080, outbounds = [], redirected = false, version = 1, labels = {} } = sketch;
  return resource('Dataplane', name, {
    networking: {
      address,
      inbound: [{ port, servicePort: port + 10_000, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': service, 'kuma.io/protocol': protocol, ...tags }, state: ready ? 'Ready' : 'NotReady' }],
      outbound: outbounds.map((outbound) => ({ port: outbound.port, tags: { 'kuma.io/service': outbound.service } })),
      ...(redirected && { transparentProxying: { redirectPortInbound: 15006, redirectPortOutbound: 15001 } }),
    },
  }, { version, labels });
}

/** A policy of the default mesh. */
export function policy(type: string, name: string, spec: unknown, version = 1): Resource {
  return resource(type, name, spec, { version });
}

/** The VIP of a service by tag. */
export function virtualIp(ip: string, service: string): Resource {
  return resource('VirtualIp', ip, { hostname: `${service}.mesh`, service }, { mesh: '' });
}
