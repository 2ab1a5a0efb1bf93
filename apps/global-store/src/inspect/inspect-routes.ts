import { inboundPolicies, legacyRules, outboundPolicies, outboundRoutes, proxyLayout, proxyPolicies, proxyRules, routePolicies, type InspectedProxy } from '@weft/inspection';
import { MeshError } from '@weft/kernel';
import { parseKri } from '@weft/resource-model';
import type { ApiPorts } from '../api/ports.ts';
import { okJson } from '../http/exchange.ts';
import { titled } from '../http/problem.ts';
import type { Route } from '../http/routes.ts';
import { findInspectedProxy } from './find-inspected-proxy.ts';

const PROXY = '/meshes/:mesh/dataplanes/:name';

type Params = Readonly<Record<string, string>>;

/** `GET /meshes/{mesh}/dataplanes/{name}/…`: what applies to a proxy and to its parts, and from which policies it came. */
export function inspectRoutes(ports: ApiPorts): readonly Route[] {
  return [
    route(`${PROXY}/_rules`, ({ mesh = '', name = '' }) => titled('Failed to retrieve rules', async () => proxyRules(await findInspectedProxy(ports, { mesh, name })))),
    route(`${PROXY}/rules`, ({ mesh = '', name = '' }) => titled('Could not get rules', async () => {
      const items = legacyRules(await findInspectedProxy(ports, { mesh, name }, { everyDataplane: true }));
      return { total: items.length, items };
    })),
    route(`${PROXY}/_layout`, async (params) => proxyLayout(await findByKri(ports, params, '_layout'))),
    route(`${PROXY}/_policies`, async (params) => ({ policies: proxyPolicies(await findByKri(ports, params, '_policies')) })),
    route(`${PROXY}/_inbounds/:kri/_policies`, async (params) => {
      const proxy = await findByKri(ports, params, '_policies');
      return { policies: demandPart(inboundPolicies(proxy, kriOf(params)), 'inbound', params) };
    }),
    route(`${PROXY}/_outbounds/:kri/_policies`, async (params) => {
      const proxy = await findByKri(ports, params, '_policies');
      return { policies: demandPart(outboundPolicies(proxy, kriOf(params)), 'outbound', params) };
    }),
    route(`${PROXY}/_outbounds/:kri/_routes`, async (params) => {
      const proxy = await findByKri(ports, params, '_routes');
      return { routes: demandPart(outboundRoutes(proxy, kriOf(params)), 'outbound', params) };
    }),
    route(`${PROXY}/_outbounds/:kri/_routes/:route/_policies`, async (params) => {
      const proxy = await findByKri(ports, params, '_policies');
      return { policies: demandPart(routePolicies(proxy, kriOf(params), kriOf(params, 'route')), 'route', params) };
    }),
  ];
}

function route(path: string, answer: (params: Params) => Promise<unknown>): Route {
  return { path, resolve: () => ({ GET: async ({ params }) => okJson(await answer(params)) }) };
}

/** Parts have KRIs where all services are real ones. Throws `request/invalid` elsewhere. */
async function findByKri(ports: ApiPorts, { mesh = '', name = '' }: Params, endpoint: string): Promise<InspectedProxy> {
  const proxy = await findInspectedProxy(ports, { mesh, name });
  if (proxy.known.meshView.meshServicesMode !== 'Exclusive') throw new MeshError('request/invalid', `bad request: can't use ${endpoint} endpoint without meshService enabled`);
  return proxy;
}

function kriOf(params: Params, part: 'kri' | 'route' = 'kri'): string {
  const kri = params[part] ?? '';
  const parsed = parseKri(kri);
  if (!parsed.ok) throw new MeshError('request/invalid', `bad request: ${parsed.error}`);
  return kri;
}

function demandPart<T>(found: T | undefined, part: 'inbound' | 'outbound' | 'route', { mesh = '', name = '', kri = '', route: of }: Params): T {
  if (found === undefined) throw new MeshError('store/not-found', `Dataplane "${name}" of mesh "${mesh}" has no ${part} "${part === 'route' ? of ?? '' : kri}". Its parts are listed at _layout, routes of an outbound at _routes.`);
  return found;
}
