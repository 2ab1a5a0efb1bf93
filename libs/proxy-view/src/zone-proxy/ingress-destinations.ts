import type { Endpoint, MeshState } from '@weft/mesh-index';
import { SERVICE_TAG } from '@weft/policy-engine';
import { meshView } from '../mesh-view.ts';
import type { Naming } from '../naming.ts';
import type { ServiceTarget } from '../proxy-view.ts';
import { meshServiceTarget, multiZoneTarget } from '../service-target.ts';
import type { IngressChain, IngressDestination, IngressForm } from './zone-proxy-view.ts';
import { TagSubsets } from './tag-subsets.ts';

type Tags = Readonly<Record<string, string>>;
type ResourceTarget = Extract<ServiceTarget, { kind: 'resource' }>;

const TAG_SET = 'tag:';

/**
 * What an ingress offers of one mesh, one by one: services by tag (to clients that know no MeshServices), the own
 * zone's MeshServices, and all MeshMultiZoneServices. Nothing of a mesh without certificates: behind an ingress,
 * whoever serves must know who calls. By KRI, services by tag are not offered.
 */
export function* ingressDestinations(mesh: MeshState, naming: Naming, form: IngressForm): Generator<IngressDestination> {
  if (mesh.resource === undefined || !mesh.crossesZones) return;
  if (form.sni === 'hash' && meshView(mesh.resource).meshServicesMode !== 'Exclusive') yield* byTag(mesh, naming);
  for (const entry of [...mesh.meshServices.values()].sort(byName)) {
    if (entry.remoteZone !== undefined) continue;
    for (const { port } of entry.ports) yield* ofResource(mesh, { naming, form }, meshServiceTarget(entry, port));
  }
  for (const entry of [...mesh.multiZoneServices.values()].sort(byName)) {
    for (const { port } of entry.ports) yield* ofResource(mesh, { naming, form }, multiZoneTarget(mesh, entry, port));
  }
}

/** Endpoints of the own zone, and egresses to servers outside that only this zone leads to: an ingress leads no further. */
export function localEndpoints(mesh: MeshState, key: string): readonly Endpoint[] {
  return (mesh.endpoints.get(key)?.list() ?? []).filter(({ remote, external, bound }) => remote !== true && (external !== true || bound === true));
}

function* ofResource(mesh: MeshState, { naming, form }: { readonly naming: Naming; readonly form: IngressForm }, known: ReturnType<typeof meshServiceTarget>): Generator<IngressDestination> {
  if (known?.target.kind !== 'resource') return;
  const { target, endpoints } = known;
  const sni = sniOf(mesh.name, { naming, form }, target);
  if (sni === undefined) return;
  yield { mesh: mesh.name, clusterName: naming.resourceClusterName(mesh.name, target, form.unifiedNaming), target, chains: [{ sni, subset: {} }], endpoints };
}

/** Undefined where it is no name that TLS could carry: clients do not ask for it either. */
function sniOf(mesh: string, { naming, form }: { readonly naming: Naming; readonly form: IngressForm }, target: ResourceTarget): string | undefined {
  if (form.sni === 'hash') return naming.hashSni(mesh, target).toLowerCase();
  const sni = naming.kriSni(mesh, target).toLowerCase();
  return sni.length <= 253 && sni.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) ? sni : undefined;
}

function* byTag(mesh: MeshState, naming: Naming): Generator<IngressDestination> {
  const subsets = new TagSubsets(mesh);
  for (const key of [...mesh.endpoints.keys()].filter((one) => one.startsWith(TAG_SET)).sort()) {
    const endpoints = localEndpoints(mesh, key);
    if (endpoints.length === 0) continue;
    yield taggedDestination(key, endpoints, { mesh: mesh.name, naming, subsets });
  }
}

/** A service by tag, and the subsets of it that clients may mean. */
export function taggedDestination(key: string, endpoints: readonly Endpoint[], { mesh, naming, subsets }: { readonly mesh: string; readonly naming: Naming; readonly subsets: TagSubsets }): IngressDestination {
  const service = key.slice(TAG_SET.length);
  const chains = distinct([{}, ...subsets.of(service)].map((tags) => ({ sni: naming.tagSni(service, tags, mesh).toLowerCase(), subset: telling(tags, endpoints) })));
  return { mesh, clusterName: `${mesh}:${service}`, target: { kind: 'tag', service }, chains, endpoints: key };
}

/** Only tags that some endpoint lacks: Envoy knows an address once, with one set of tags. */
function telling(tags: Tags, endpoints: readonly Endpoint[]): Tags {
  const placeOf = ({ address, port }: Endpoint): string => `${address} ${port}`;
  const all = new Set(endpoints.map(placeOf)).size;
  return Object.fromEntries(Object.entries(tags).filter(([key, value]) => key !== SERVICE_TAG && value !== '*' && new Set(endpoints.filter((endpoint) => endpoint.tags[key] === value).map(placeOf)).size < all));
}

function distinct(chains: readonly IngressChain[]): readonly IngressChain[] {
  const bySni = new Map<string, IngressChain>();
  for (const chain of chains) if (!bySni.has(chain.sni)) bySni.set(chain.sni, chain);
  return [...bySni.values()];
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
