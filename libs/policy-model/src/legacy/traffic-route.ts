import { Type } from '@sinclair/typebox';
import { bool, list, object, opt, protoEnum, stringMap, text, uint32, type Static } from '@weft/resource-model';
import { BY_SERVICE, legacyPolicyType, SelectorsSchema } from './legacy-policy-type.ts';
import type { Violation } from '@weft/kernel';

const SplitSchema = list(object({ weight: opt(uint32()), destination: opt(stringMap()) }));
const MatcherSchema = object({ prefix: opt(text()), exact: opt(text()), regex: opt(text()) });
const HeadersSchema = object({ add: opt(list(object({ name: opt(text()), value: opt(text()), append: opt(bool()) }))), remove: opt(list(object({ name: opt(text()) }))) });
const ModifySchema = object({
  path: opt(object({ rewritePrefix: opt(text()), regex: opt(object({ pattern: opt(text()), substitution: opt(text()) })) })),
  host: opt(object({ value: opt(text()), fromPath: opt(object({ pattern: opt(text()), substitution: opt(text()) })) })),
  requestHeaders: opt(HeadersSchema),
  responseHeaders: opt(HeadersSchema),
});

const TrafficRouteConfSchema = object({
  split: opt(SplitSchema),
  destination: opt(stringMap()),
  loadBalancer: opt(object({
    roundRobin: opt(object({})),
    leastRequest: opt(object({ choiceCount: opt(uint32()) })),
    ringHash: opt(object({ hashFunction: opt(protoEnum(['XX_HASH', 'MURMUR_HASH_2'])), minRingSize: opt(uint32()), maxRingSize: opt(uint32()) })),
    random: opt(object({})),
    maglev: opt(object({})),
  })),
  http: opt(list(object({
    match: opt(object({ method: opt(MatcherSchema), path: opt(MatcherSchema), headers: opt(Type.Record(Type.String(), MatcherSchema)) })),
    modify: opt(ModifySchema),
    split: opt(SplitSchema),
    destination: opt(stringMap()),
  }))),
});

type TrafficRouteConf = Static<typeof TrafficRouteConfSchema>;

/** TrafficRoute: where requests to a service go: shares, subsets, and matches of HTTP. */
export const trafficRouteType = legacyPolicyType<{ readonly conf?: TrafficRouteConf }>({
  name: 'TrafficRoute', plural: 'traffic-routes', cliName: 'traffic-route', displayName: 'Traffic Route',
  schema: object({ sources: opt(SelectorsSchema), destinations: opt(SelectorsSchema), conf: opt(TrafficRouteConfSchema) }),
  selectors: BY_SERVICE,
  validateConf: ({ conf }) => (conf === undefined ? [{ path: 'conf', message: 'cannot be empty' }] : confViolations(conf)),
});

function confViolations(conf: TrafficRouteConf): readonly Violation[] {
  const choice = conf.loadBalancer?.leastRequest?.choiceCount;
  return [
    ...targetViolations('conf', conf),
    ...(choice !== undefined && choice < 2 ? [{ path: 'conf.loadBalancer.leastRequest.choiceCount', message: 'value must be greater than or equal to 2' }] : []),
    ...(conf.http ?? []).flatMap((route, index) => [
      ...(route.match === undefined ? [{ path: `conf.http[${index}].match`, message: 'cannot be empty' }] : []),
      ...targetViolations(`conf.http[${index}]`, route),
    ]),
  ];
}

function targetViolations(path: string, { split = [], destination = {} }: Pick<TrafficRouteConf, 'split' | 'destination'>): readonly Violation[] {
  const named = Object.keys(destination).length > 0;
  if (split.length === 0 && !named) return [{ path, message: 'requires either "destination" or "split"' }];
  if (split.length > 0 && named) return [{ path, message: '"split" cannot be defined at the same time as "destination"' }];
  const total = split.reduce((sum, { weight = 0 }) => sum + weight, 0);
  return split.length > 0 && total === 0 ? [{ path: `${path}.split`, message: 'there must be at least one split entry with weight above 0' }] : [];
}
