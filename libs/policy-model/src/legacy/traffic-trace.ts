import { object, opt, text } from '@weft/resource-model';
import { legacyPolicyType, SelectorsSchema } from './legacy-policy-type.ts';

/** TrafficTrace: which tracing backend of the mesh takes the spans of the selected proxies. */
export const trafficTraceType = legacyPolicyType({
  name: 'TrafficTrace', plural: 'traffic-traces', cliName: 'traffic-trace', displayName: 'Traffic Trace',
  schema: object({ selectors: opt(SelectorsSchema), conf: opt(object({ backend: opt(text()) })) }),
  selectors: [{ field: 'selectors', service: true }],
});
