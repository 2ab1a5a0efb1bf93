import { PROTOCOL_TAG, SERVICE_TAG, ZONE } from '@weft/policy-engine';
import { externalHostname, type ExternalServiceSpec, type Resource } from '@weft/resource-model';
import type { EndpointSetKey } from './dirty.ts';
import type { Endpoint } from './endpoint.ts';
import type { ZoneAddress } from './zone-set.ts';

/** A server outside the mesh, by an ExternalService. */
export interface ExternalServer {
  readonly name: string;
  /** Of the resource: another one where anything about it changed. */
  readonly version: number;
  /** An IP address or a host name. */
  readonly address: string;
  readonly port: number;
  /** What applications may call it by, as if there were no mesh; undefined where it has no name, or wants none to be taken. */
  readonly hostname: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly tls: NonNullable<ExternalServiceSpec['networking']>['tls'];
}

/** A server outside by the name and port that applications know. */
export interface OutsideHost {
  readonly hostname: string;
  readonly port: number;
  /** By tag. */
  readonly service: string;
}

/** The ExternalServices of one mesh, by the service that their tags name. */
export class TaggedExternals {
  readonly #servers = new Map<string, ExternalServer>();

  get empty(): boolean {
    return this.#servers.size === 0;
  }

  /** Names of those that there are. */
  get names(): Iterable<string> {
    return this.#servers.keys();
  }

  get(name: string): ExternalServer | undefined {
    return this.#servers.get(name);
  }

  /** Servers of a service, by name. */
  of(service: string): readonly ExternalServer[] {
    return [...this.#servers.values()].filter(({ tags }) => tags[SERVICE_TAG] === service).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Names of servers with the service that each is of, by name of their resources. */
  get hosts(): readonly OutsideHost[] {
    return [...this.#servers.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap(({ hostname, port, tags: { [SERVICE_TAG]: service } }) => (hostname === undefined || service === undefined ? [] : [{ hostname, port, service }]));
  }

  hasHost(name: string): boolean {
    return [...this.#servers.values()].some(({ hostname }) => hostname === name);
  }

  /** Sets or removes one; gives the services that it is or was of. */
  set(name: string, resource: Resource<ExternalServiceSpec> | undefined): readonly string[] {
    const before = this.#servers.get(name);
    const after = resource && readServer(resource);
    if (after === undefined) this.#servers.delete(name);
    else this.#servers.set(name, after);
    return [...new Set([before, after].flatMap((server) => server?.tags[SERVICE_TAG] ?? []))];
  }
}

/** What a server contributes: itself, or the egresses of zone `own` by way of which it is reached; itself, not ready, where there is no egress. */
export function serverEndpoints({ tags, address, port }: ExternalServer, { egresses, own }: { readonly egresses: readonly ZoneAddress[] | undefined; readonly own: string }): Map<EndpointSetKey, Endpoint[]> {
  const service = tags[SERVICE_TAG];
  if (service === undefined) return new Map();
  const ready = egresses === undefined || egresses.length > 0;
  const places = egresses === undefined || !ready ? [{ address, port }] : egresses;
  const bound = egresses !== undefined && own !== '' && tags[ZONE] === own;
  return new Map([[`tag:${service}`, places.map((place) => ({ ...place, weight: 1, tags, labels: {}, zone: tags[ZONE], protocol: tags[PROTOCOL_TAG], ready, external: true as const, ...(bound && { bound: true as const }) }))]]);
}

function readServer({ name, version, spec }: Resource<ExternalServiceSpec>): ExternalServer | undefined {
  const { networking, tags = {} } = spec;
  const [, address = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(networking?.address ?? '') ?? [];
  return address === '' ? undefined : { name, version, address, port: Number(port), hostname: externalHostname(spec), tags, tls: networking?.tls };
}
