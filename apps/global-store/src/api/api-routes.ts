import type { Route } from '../http/routes.ts';
import type { Verbs } from '../http/exchange.ts';
import { inspectRoutes } from '../inspect/inspect-routes.ts';
import { collectionFinder, hasOverview } from './collections.ts';
import { envoyAdminRoutes } from './envoy-admin.ts';
import { gatewayDataplanesVerbs } from './gateway-dataplanes.ts';
import { hostnamesVerbs } from './hostnames-handler.ts';
import { insightRoutes } from './insight-handlers.ts';
import { attachedDataplanesVerbs, matchedDataplanesVerbs } from './matched-dataplanes.ts';
import { matchedPoliciesVerbs } from './matched-policies.ts';
import { openApiVerbs } from './open-api-handler.ts';
import type { ApiPorts } from './ports.ts';
import { previewVerbs } from './preview-handler.ts';
import { proxyConfigVerbs } from './proxy-config.ts';
import { receiptRoutes } from './receipt-handlers.ts';
import { itemVerbs, listVerbs, overviewVerbs } from './resource-handlers.ts';
import { configVerbs, indexVerbs, kriVerbs, policiesVerbs, resourceTypesVerbs, WHO_AM_I } from './service-handlers.ts';
import { tokenVerbs } from './token-handlers.ts';

/** Every path of the API, in the order in which they are tried: fixed names before collections. */
export function apiRoutes(ports: ApiPorts): readonly Route[] {
  return [
    fixed('/', indexVerbs(ports), { open: true }),
    fixed('/config', configVerbs(ports)),
    fixed('/who-am-i', WHO_AM_I),
    fixed('/openapi.json', openApiVerbs(ports)),
    fixed('/policies', policiesVerbs(ports)),
    fixed('/_resources', resourceTypesVerbs(ports)),
    fixed('/_kri/:kri', kriVerbs(ports)),
    { path: '/tokens/:kind', resolve: ({ kind = '' }) => tokenVerbs(ports, kind) },
    fixed('/_preview', previewVerbs(ports)),
    ...insightRoutes(ports),
    ...receiptRoutes(ports),
    ...envoyAdminRoutes(ports),
    ...inspectRoutes(ports),
    fixed('/meshes/:mesh/dataplanes/:name/_config', proxyConfigVerbs(ports)),
    fixed('/meshes/:mesh/dataplanes/:name/policies', matchedPoliciesVerbs(ports)),
    fixed('/meshes/:mesh/meshgateways/:name/dataplanes', gatewayDataplanesVerbs(ports)),
    { path: '/meshes/:mesh/:collection/:name/dataplanes', resolve: ({ collection = '' }) => attachedDataplanesVerbs(ports, collection) },
    { path: '/meshes/:mesh/:collection/:name/_hostnames', resolve: ({ collection = '' }) => hostnamesVerbs(ports, collection) },
    { path: '/meshes/:mesh/meshservices/:name/_dataplanes', resolve: () => matchedDataplanesVerbs(ports, 'meshservices') },
    // The second spelling is what kumactl asks for.
    ...['_resources', '-resources'].map((part): Route => ({ path: `/meshes/:mesh/:collection/:name/${part}/dataplanes`, resolve: ({ collection = '' }) => matchedDataplanesVerbs(ports, collection) })),
    ...resourceRoutes(ports, '/meshes/:mesh', 'Mesh'),
    ...resourceRoutes(ports, '', 'Global'),
  ];
}

function resourceRoutes(ports: ApiPorts, prefix: string, scope: 'Mesh' | 'Global'): readonly Route[] {
  const find = collectionFinder(ports.registry);
  const known = ({ collection = '' }: Readonly<Record<string, string>>): ReturnType<typeof find> => find(collection);
  const inScope = (params: Readonly<Record<string, string>>): ReturnType<typeof find> => {
    const found = known(params);
    return found?.type.scope === scope ? found : undefined;
  };
  const overviewed = (params: Readonly<Record<string, string>>): ReturnType<typeof find> => {
    const found = known(params);
    return found !== undefined && hasOverview(found.type) ? found : undefined;
  };
  // A mesh-scoped collection without mesh lists all meshes.
  const listable = scope === 'Global' ? known : inScope;
  return [
    { path: `${prefix}/:collection`, resolve: (params) => when(listable(params), (found) => listVerbs(ports, found)) },
    { path: `${prefix}/:collection/_overview`, resolve: (params) => when(scope === 'Mesh' ? bothOf(inScope, overviewed)(params) : overviewed(params), ({ type }) => listVerbs(ports, { type, overview: true })) },
    { path: `${prefix}/:collection/:name`, resolve: (params) => when(inScope(params), (found) => itemVerbs(ports, found)) },
    { path: `${prefix}/:collection/:name/_overview`, resolve: (params) => when(bothOf(inScope, overviewed)(params), ({ type }) => overviewVerbs(ports, type)) },
  ];
}

function bothOf<P, T>(first: (params: P) => T | undefined, second: (params: P) => T | undefined): (params: P) => T | undefined {
  return (params) => (first(params) === undefined ? undefined : second(params));
}

function when<T>(value: T | undefined, then: (value: T) => Verbs): Verbs | undefined {
  return value === undefined ? undefined : then(value);
}

function fixed(path: string, verbs: Verbs, options: { readonly open?: boolean } = {}): Route {
  return { path, resolve: () => verbs, ...options };
}
