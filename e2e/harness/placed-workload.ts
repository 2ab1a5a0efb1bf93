import { freePorts, type TestMesh, type TestProxy } from './test-mesh.ts';

/** A workload's place in a mesh. */
export interface Place {
  readonly name: string;
  /** Address of the proxy, on loopback. */
  readonly address: string;
  /** Default: `name`. */
  readonly service?: string;
  /** Default: http. */
  readonly protocol?: 'http' | 'http2' | 'grpc' | 'tcp';
  readonly tags?: Readonly<Record<string, string>>;
  /** Labels of the Dataplane. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Port of the inbound. Default: a free one. */
  readonly port?: number;
  /** Envoy probes the application. Default: no. */
  readonly probed?: boolean;
}

/** A host and port that something listens on. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Puts a proxy before an application that listens on 127.0.0.1; gives the inbound's address. */
export async function serve(mesh: TestMesh, place: Place, appPort: number): Promise<Endpoint & { readonly proxy: TestProxy }> {
  const [port = 0] = place.port === undefined ? await freePorts(1) : [place.port];
  const tags = { 'kuma.io/service': place.service ?? place.name, 'kuma.io/protocol': place.protocol ?? 'http', ...place.tags };
  const proxy = await mesh.startProxy({ name: place.name, ...(place.labels !== undefined && { labels: place.labels }), networking: { address: place.address, inbound: [{ port, servicePort: appPort, serviceAddress: '127.0.0.1', tags, ...(place.probed === true && { serviceProbe: { tcp: {} } }) }] } });
  return { host: place.address, port, proxy };
}

/** Starts the proxy of a client with one outbound per service; gives their addresses in the same order. */
export async function call(mesh: TestMesh, place: Place, services: readonly string[]): Promise<{ readonly outbounds: readonly Endpoint[]; readonly proxy: TestProxy }> {
  const [inbound, appPort, ...ports] = await freePorts(services.length + 2);
  const outbounds = ports.map((port) => ({ host: place.address, port }));
  const proxy = await mesh.startProxy({
    name: place.name,
    networking: {
      address: place.address,
      inbound: [{ port: inbound, servicePort: appPort, serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': place.service ?? place.name, ...place.tags } }],
      outbound: outbounds.map(({ host, port }, index) => ({ address: host, port, tags: { 'kuma.io/service': services[index] } })),
    },
  });
  return { outbounds, proxy };
}

/** `http://host:port` */
export function urlOf({ host, port }: Endpoint): string {
  return `http://${host}:${port}`;
}
