import type { MeshState } from '@weft/mesh-index';
import { resolveBackends } from './backends.ts';
import type { OutboundView } from './proxy-view.ts';
import { isHttp } from './protocol.ts';
import type { RouteSources } from './route-views.ts';
import type { KnownTarget } from './service-target.ts';

/**
 * Where the connections of an outbound go, where it is handled as TCP; undefined where requests are routed instead. An http
 * service is handled as TCP where there is a MeshTCPRoute for it and no MeshHTTPRoute.
 */
export function tcpBackends(known: KnownTarget, sources: RouteSources): OutboundView['backends'] | undefined {
  const { rules, mesh } = sources;
  const found = rules.tcpRoute(known);
  if (isHttp(known.protocol) && (found === undefined || rules.routes(known) !== undefined)) return undefined;
  return resolveBackends(known, { refs: found?.refs ?? [], route: found?.route, usable: (backend) => exists(backend, mesh) }, sources);
}

/** Any protocol will do, so a service need not say which it speaks. */
function exists({ target, service }: KnownTarget, mesh: MeshState): boolean {
  return target.kind === 'resource' || mesh.services.has(service);
}
