import { object, opt } from '@weft/resource-model';
import { BY_TAGS, legacyPolicyType, SelectorsSchema } from './legacy-policy-type.ts';

/** TrafficPermission: which services may call which. */
export const trafficPermissionType = legacyPolicyType({
  name: 'TrafficPermission', plural: 'traffic-permissions', cliName: 'traffic-permission', displayName: 'Traffic Permission',
  schema: object({ sources: opt(SelectorsSchema), destinations: opt(SelectorsSchema) }),
  selectors: BY_TAGS,
});
