import { object, opt, text } from '@weft/resource-model';
import { BY_SERVICE, legacyPolicyType, SelectorsSchema } from './legacy-policy-type.ts';

/** TrafficLog: which logging backend of the mesh takes the access log between services. */
export const trafficLogType = legacyPolicyType({
  name: 'TrafficLog', plural: 'traffic-logs', cliName: 'traffic-log', displayName: 'Traffic Log',
  schema: object({ sources: opt(SelectorsSchema), destinations: opt(SelectorsSchema), conf: opt(object({ backend: opt(text()) })) }),
  selectors: BY_SERVICE,
});
