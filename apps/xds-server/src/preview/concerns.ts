import type { EngineKnowledge } from '@weft/config-pipeline';
import { readDataplane } from '@weft/mesh-index';
import { readPolicy, selectProxy, type Policy } from '@weft/policy-engine';
import { weftRegistry } from '@weft/policy-model';
import type { ProxyKey } from '@weft/proxy-view';
import { resourceId, type Change, type DataplaneSpec, type Resource } from '@weft/resource-model';

const ROUTE = 'MeshHTTPRoute';

/**
 * Tells whether changes can concern a proxy: where all of them are policies, if one of these selects it now or would select it.
 * Routes change what other policies mean, and anything else may concern everybody.
 */
export function concerns(changes: readonly Change[], { resources }: Pick<EngineKnowledge, 'resources'>): (proxy: ProxyKey) => boolean {
  const known = new Map(resources.map((resource) => [resourceId(resource), resource]));
  const policies: Policy[] = [];
  for (const change of changes) {
    if (change.op === 'envelope') continue;
    const key = change.op === 'put' ? change.resource : change.key;
    const versions = [known.get(resourceId(key)), ...(change.op === 'put' ? [change.resource] : [])].flatMap((resource) => policyOf(resource) ?? []);
    if (versions.length === 0 || key.type === ROUTE) return () => true;
    policies.push(...versions);
  }
  const routes = resources.filter(({ type }) => type === ROUTE).flatMap((resource) => policyOf(resource) ?? []);
  return (proxy) => {
    const dataplane = known.get(resourceId({ type: 'Dataplane', ...proxy }));
    if (dataplane === undefined) return false;
    const { subject } = readDataplane(dataplane as Resource<DataplaneSpec>);
    return policies.some((policy) => selectProxy(policy, subject, (name) => routes.find(({ displayName }) => displayName === name)) !== undefined);
  };
}

function policyOf(resource: Resource | undefined): Policy | undefined {
  const type = resource && weftRegistry.byName(resource.type);
  return resource === undefined || type === undefined ? undefined : readPolicy(resource, type);
}
