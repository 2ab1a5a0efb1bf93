import type { EndpointSet } from '@weft/mesh-index';
import { groupBy } from '@weft/kernel';
import { selects } from '@weft/policy-engine';
import type { DestinationView, EndpointsView } from './proxy-view.ts';

/** Endpoints of a destination for a viewer in the same zone: those that are ready and carry its tags, by zone. */
export function endpointsView({ clusterName, tags }: Pick<DestinationView, 'clusterName' | 'tags'>, set: EndpointSet | undefined): EndpointsView {
  const ready = (set?.list() ?? []).filter((endpoint) => endpoint.ready && selects(tags, endpoint.tags));
  const localities = [...groupBy(ready, ({ zone }) => zone)].map(([zone, endpoints]) => ({
    zone, subZone: undefined, priority: 0,
    endpoints: endpoints.map(({ address, port, weight, tags: own, labels }) => ({ address, port, weight, tags: own, labels })),
  }));
  return { clusterName, localities };
}
