import { randomUUID } from 'node:crypto';
import { ask, collectAdminAnswer, envoyShowIn, REQUESTS, type EnvoyAdminRequest } from '@weft/bus';
import { originZoneOf } from '@weft/kds-core';
import { MeshError } from '@weft/kernel';
import { displayNameOf, type DataplaneSpec, type Resource } from '@weft/resource-model';
import { demand } from '../access/access.ts';
import type { Caller } from '../access/caller.ts';
import type { StaticAccess } from '../config.ts';
import type { ApiRequest, Verbs } from '../http/exchange.ts';
import { invalidParameter, titled } from '../http/problem.ts';
import type { Route } from '../http/routes.ts';
import type { ApiPorts } from './ports.ts';
import { findResource } from './resource-reader.ts';

const DEFAULT_ADMIN_PORT = 9901;

/** Longer than an xds-server waits for Envoy, so that its reason arrives. */
const DEADLINE_MS = 12_000;

/** What may be asked of an Envoy: last part of the path to its name here, and who may ask. */
const KINDS: Readonly<Record<string, { readonly what: EnvoyAdminRequest['show']['what']; readonly access: keyof StaticAccess; readonly action: string }>> = {
  xds: { what: 'config-dump', access: 'viewConfigDump', action: 'config dump' },
  stats: { what: 'stats', access: 'viewStats', action: 'stats' },
  clusters: { what: 'clusters', access: 'viewClusters', action: 'clusters' },
};

/** What is sent to a zone for each. */
const ZONE_REQUESTS: Readonly<Record<EnvoyAdminRequest['show']['what'], string>> = { 'config-dump': 'XDSConfigRequest', stats: 'StatsRequest', clusters: 'ClustersRequest' };

/** Proxies that have an Envoy: path of the collection to the type. */
const PROXIES: readonly (readonly [path: string, type: string])[] = [
  ['/meshes/:mesh/dataplanes', 'Dataplane'], ['/zoneingresses', 'ZoneIngress'], ['/zoneegresses', 'ZoneEgress'],
];

/**
 * `GET …/dataplanes/{name}/{xds|stats|clusters}` and the same of zone proxies: what the proxy's own Envoy says, called by an
 * xds-server over the channel that Envoy opens to the control plane only.
 */
export function envoyAdminRoutes(ports: ApiPorts): readonly Route[] {
  return PROXIES.flatMap(([path, type]) => Object.entries(KINDS).map(([last, kind]): Route => {
    const verbs: Verbs = {
      GET: (request) => titled('Could not execute admin operation', async () => {
        const { caller, params, query } = request;
        allow(caller, ports, kind);
        const { mesh = '', name = '' } = params;
        const show = readQuery(kind.what, query);
        const resource = await findProxy(ports, { type, mesh, name });
        return { status: 200, ...(await askEnvoy(ports, resource, show)) };
      }),
    };
    return { path: `${path}/:name/${last}`, resolve: () => verbs };
  }));
}

function allow(caller: Caller, { config }: ApiPorts, { access, action }: { readonly access: keyof StaticAccess; readonly action: string }): void {
  demand(caller, config.access.static[access], action);
}

function readQuery(what: EnvoyAdminRequest['show']['what'], query: ApiRequest['query']): EnvoyAdminRequest['show'] {
  if (what === 'config-dump') return { what, includeEds: readFlag(query, 'include_eds', false) };
  const format = query.get('format') ?? 'text';
  if (format !== 'text' && format !== 'json') throw invalidParameter('format', 'must be "text" or "json"');
  return what === 'stats' ? { what, format, usedOnly: readFlag(query, 'usedonly', true) } : { what, format };
}

function readFlag(query: ApiRequest['query'], name: string, absent: boolean): boolean {
  const text = query.get(name) ?? String(absent);
  if (['true', '1', ''].includes(text)) return true;
  if (['false', '0'].includes(text)) return false;
  throw invalidParameter(name, 'must be "true" or "false"');
}

async function findProxy(ports: ApiPorts, key: { readonly type: string; readonly mesh: string; readonly name: string }): Promise<Resource> {
  const type = ports.registry.byName(key.type);
  if (type === undefined) throw new MeshError('resource/unknown-type', `"${key.type}" is not known here`);
  const resource = await findResource(ports, { ...key, type });
  if (ports.site.mode === 'global') return resource;
  const { zone } = resource.spec as { readonly zone?: string };
  if (zone !== undefined && zone !== '' && zone !== ports.site.zone) throw new MeshError('request/invalid', `Could not connect to ${type.singularDisplayName.toLowerCase()} that resides in another zone`);
  return resource;
}

async function askEnvoy(ports: ApiPorts, resource: Resource, show: EnvoyAdminRequest['show']): Promise<{ readonly text: string; readonly contentType: string }> {
  const answerTo = randomUUID();
  const call = ports.site.mode === 'global' ? callInZone : callEnvoy;
  const { answer: { contentType }, base64 } = await collectAdminAnswer(ports.bus, answerTo, () => call(ports, resource, { show, answerTo }));
  return { text: Buffer.concat(base64.map((part) => Buffer.from(part, 'base64'))).toString('utf8'), contentType: contentType.startsWith('application/json') ? 'application/json' : 'text/plain' };
}

/** Has an xds-server of this zone call a proxy's Envoy; the answer goes to who asked, in parts. Throws `proxy/unreachable`. */
export function callEnvoy({ bus, observed }: Pick<ApiPorts, 'bus' | 'observed'>, { type, mesh, name, spec }: Resource, { show, answerTo }: Pick<EnvoyAdminRequest, 'show' | 'answerTo'>): Promise<{ readonly contentType: string }> {
  const { address = '', advertisedAddress = '', admin } = (spec as DataplaneSpec).networking ?? {};
  const to = advertisedAddress === '' ? address : advertisedAddress;
  if (to === '') throw new MeshError('proxy/unreachable', `${type} "${name}" has no networking.address at which its Envoy could be called`);
  const holder = observed.serverOf(mesh, name, type === 'ZoneIngress' || type === 'ZoneEgress' ? type : undefined);
  const request: EnvoyAdminRequest = { proxy: { type, mesh, name }, ...(holder !== undefined && { holder }), address: to, port: admin?.port ?? DEFAULT_ADMIN_PORT, show, answerTo };
  return ask(bus, REQUESTS.envoyAdmin, request, { deadlineMs: DEADLINE_MS });
}

/** Has the control plane of the proxy's zone call its Envoy. Throws `proxy/unreachable` with the reason. */
async function callInZone({ bus, zones }: Pick<ApiPorts, 'bus' | 'zones'>, resource: Resource, { show, answerTo }: Pick<EnvoyAdminRequest, 'show' | 'answerTo'>): Promise<{ readonly contentType: string }> {
  const { type, mesh } = resource;
  const zone = originZoneOf(resource);
  if (zone === undefined) throw new MeshError('request/invalid', `${type} "${resource.name}" belongs to no zone: only a proxy of a zone has an Envoy`);
  if (!zones.isConnected(zone)) throw new MeshError('request/invalid', `could not send ${ZONE_REQUESTS[show.what]}: zone is offline`);
  try {
    return await ask(bus, envoyShowIn(zone), { proxy: { type, mesh, name: nameInZone(resource, zone) }, show, answerTo }, { deadlineMs: DEADLINE_MS });
  } catch (caught) {
    const { code, message } = MeshError.from(caught);
    throw new MeshError('request/invalid', code === 'bus/unavailable' ? `could not send ${ZONE_REQUESTS[show.what]}: the zone has opened no stream for it` : message, { cause: caught });
  }
}

/** What the zone itself calls a resource that is stored here: its display name, with the namespace where it comes from Kubernetes. Names of older zones stay as they are. Source: Kuma 2.14. */
function nameInZone(resource: Resource, zone: string): string {
  const { name, labels } = resource;
  if (name.startsWith(`${zone}.`)) return name;
  const namespace = labels['k8s.kuma.io/namespace'];
  return namespace === undefined ? displayNameOf(resource) : `${displayNameOf(resource)}.${namespace}`;
}
