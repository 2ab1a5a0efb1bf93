import type { Conf } from '../conf.ts';
import type { FinishedChange, PolicyPlugin } from '../policy-plugin.ts';
import { changeResources, PATCH_ORIGIN } from './change-resources.ts';
import { modificationsOf, type Placed } from './modification.ts';
import { inlineRoutes, separateRoutes } from './route-layout.ts';

/**
 * MeshProxyPatch: changes of finished Envoy resources, in the order of the policies and of their lists. A fault (a JSON
 * patch that does not fit, a message that cannot be) throws and concerns the resources at hand only.
 */
export const meshProxyPatch: PolicyPlugin = { type: 'MeshProxyPatch', finished: (conf) => ({ change: changeOf(conf), additions: PATCH_ORIGIN }) };

function changeOf(conf: Conf): FinishedChange['change'] {
  const modifications = modificationsOf(conf);
  return (origin, resources) => {
    const { resources: inlined, sources } = inlineRoutes(resources);
    const placed = modifications.reduce<readonly Placed[]>((list, modification) => changeResources(list, modification, origin), inlined.map((resource) => ({ origin: resource.origin ?? origin, resource })));
    return separateRoutes(placed.map(({ resource }) => resource), sources);
  };
}
