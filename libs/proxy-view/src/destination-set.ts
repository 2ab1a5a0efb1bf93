import type { EndpointSetKey, MeshState } from '@weft/mesh-index';
import { externalServers } from './external-servers.ts';
import { localityRules } from './locality.ts';
import type { OutboundRules } from './outbound-rules.ts';
import type { ProxyClass } from './proxy-class.ts';
import type { DestinationView, SecretRef } from './proxy-view.ts';
import type { KnownTarget } from './service-target.ts';
import type { ViewSources } from './view-sources.ts';

/** The destinations that a group's outbounds use, each once. */
export class DestinationSet {
  readonly #mesh: MeshState;
  readonly #sources: ViewSources;
  readonly #proxies: ProxyClass;
  readonly #rules: OutboundRules;
  readonly #views = new Map<string, DestinationView>();
  readonly #endpoints = new Map<string, EndpointSetKey>();
  readonly #secrets = new Map<string, SecretRef>();

  constructor({ mesh, ...sources }: ViewSources & { readonly mesh: MeshState }, proxies: ProxyClass, rules: OutboundRules) {
    this.#mesh = mesh;
    this.#sources = sources;
    this.#proxies = proxies;
    this.#rules = rules;
  }

  get views(): readonly DestinationView[] {
    return [...this.#views.values()];
  }

  /** Secrets that they take. */
  get secrets(): readonly SecretRef[] {
    return [...this.#secrets.values()];
  }

  /** Whether a destination in use lies outside the mesh. */
  isOutside(clusterName: string): boolean {
    const view = this.#views.get(clusterName);
    return view?.servers !== undefined || (view?.target.kind === 'resource' && view.target.type === 'MeshExternalService');
  }

  /** Which endpoint set each cluster depends on: where it takes its endpoints from, unless it names its servers. */
  get endpoints(): ReadonlyMap<string, EndpointSetKey> {
    return this.#endpoints;
  }

  /** The cluster name of a destination, which is from now on one of the group's. */
  use(known: KnownTarget): string {
    const clusterName = this.#clusterName(known);
    if (this.#views.has(clusterName)) return clusterName;
    if (known.servers !== undefined) this.#addServers(clusterName, known, known.servers);
    else {
      const conf = this.#rules.forTarget(known);
      const locality = localityRules(known, conf['MeshLoadBalancingStrategy'], { ...this.#proxies.whereabouts, ...(this.#proxies.mesh.localityAware === true && { localityAware: true }) });
      this.#views.set(clusterName, { clusterName, target: known.target, tags: known.tags, protocol: known.protocol, tls: this.#tls(known), conf, ...(locality !== undefined && { locality }) });
      this.#endpoints.set(clusterName, known.endpoints);
    }
    return clusterName;
  }

  #addServers(clusterName: string, known: KnownTarget, servers: NonNullable<KnownTarget['servers']>): void {
    const { views, secrets } = externalServers(this.#mesh.name, servers.filter(({ name }) => !this.#proxies.forbidden.includes(name)));
    for (const secret of secrets) this.#secrets.set(secret.name, secret);
    this.#views.set(clusterName, { clusterName, target: known.target, tags: known.tags, protocol: known.protocol, tls: undefined, conf: this.#rules.forTarget(known), servers: views });
    this.#endpoints.set(clusterName, known.endpoints);
  }

  #clusterName({ target, tags }: KnownTarget): string {
    const { naming } = this.#sources;
    const { mesh, unifiedNaming } = this.#proxies;
    return target.kind === 'tag' ? naming.tagClusterName(target.service, tags) : naming.resourceClusterName(mesh.name, target, unifiedNaming);
  }

  #tls(known: KnownTarget): DestinationView['tls'] {
    const { mesh, tls, credentials } = this.#proxies;
    // With a MeshIdentity everyone is dialled with TLS; else a PERMISSIVE mesh waits for the other side.
    if (credentials === undefined || (!credentials.workload && mesh.mtls?.mode === 'PERMISSIVE' && !this.#isReady(known))) return undefined;
    const { identities, spiffeIds, endpoints, target } = known;
    // MeshTLS is about proxies of the mesh.
    const bounds = target.kind === 'resource' && target.type === 'MeshExternalService' ? {} : tls;
    const ids = [...identities.map((service) => `spiffe://${mesh.name}/${service}`), ...spiffeIds, ...this.#mesh.peersOf(endpoints)];
    return { ...this.#serverNames(known, credentials.workload), spiffeIds: [...new Set(ids)], ...bounds };
  }

  /** By KRI only with a MeshIdentity, and only where other zones have addresses for this mesh: their ZoneIngresses know the older form alone. */
  #serverNames({ target, tags, remoteZones = [] }: KnownTarget, workload: boolean): { readonly sni: string; readonly sniByZone?: Readonly<Record<string, string>> } {
    const { naming } = this.#sources;
    const { mesh } = this.#proxies;
    if (target.kind === 'tag') return { sni: naming.tagSni(target.service, tags, mesh.name) };
    const hash = naming.hashSni(mesh.name, target);
    const older = remoteZones.filter((zone) => !this.#mesh.hasZoneAddress(zone));
    if (!workload || (older.length > 0 && older.length === remoteZones.length)) return { sni: hash };
    return { sni: naming.kriSni(mesh.name, target), ...(older.length > 0 && { sniByZone: Object.fromEntries(older.map((zone) => [zone, hash])) }) };
  }

  /** A PERMISSIVE mesh may hold proxies without certificates: a service is dialled with TLS once all of its proxies have one. */
  #isReady({ tlsStatus, service }: KnownTarget): boolean {
    return tlsStatus === 'Ready' || this.#sources.tlsReady(this.#proxies.mesh.name, service);
  }
}
