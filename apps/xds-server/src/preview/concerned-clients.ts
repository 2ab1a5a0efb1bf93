import type { EngineKnowledge } from '@weft/config-pipeline';
import { readDataplane } from '@weft/mesh-index';
import { readPolicy, selectProxy, type Policy, type PolicySubject } from '@weft/policy-engine';
import { weftRegistry } from '@weft/policy-model';
import type { ProxyClient } from '@weft/proxy-view';
import { resourceId, type Change, type DataplaneSpec, type Resource } from '@weft/resource-model';

const ROUTE = 'MeshHTTPRoute';

/**
 * The proxies that changes can concern: where all of them are policies, those that one of these selects now or would select.
 * Routes change what other policies mean, and anything else may concern everybody.
 */
export function concernedClients(clients: readonly ProxyClient[], changes: readonly Change[], { resources }: Pick<EngineKnowledge, 'resources'>): readonly ProxyClient[] {
  const known = new Map(resources.map((resource) => [resourceId(resource), resource]));
  const policies: Policy[] = [];
  for (const change of changes) {
    if (change.op === 'envelope') continue;
    const key = change.op === 'put' ? change.resource : change.key;
    const versions = [known.get(resourceId(key)), ...(change.op === 'put' ? [change.resource] : [])].flatMap((resource) => policyOf(resource) ?? []);
    if (versions.length === 0 || key.type === ROUTE) return clients;
    policies.push(...versions);
  }
  const routes = resources.filter(({ type }) => type === ROUTE).flatMap((resource) => policyOf(resource) ?? []);
  const selects = (policy: Policy, subject: PolicySubject): boolean => selectProxy(policy, subject, (name) => routes.find(({ displayName }) => displayName === name)) !== undefined;
  return clients.filter(({ key }) => {
    const dataplane = known.get(resourceId({ type: 'Dataplane', ...key }));
    if (dataplane === undefined) return false;
    const { subject } = readDataplane(dataplane as Resource<DataplaneSpec>);
    return policies.some((policy) => selects(policy, subject));
  });
}

function policyOf(resource: Resource | undefined): Policy | undefined {
  const type = resource && weftRegistry.byName(resource.type);
  return resource === undefined || type === undefined ? undefined : readPolicy(resource, type);
}
