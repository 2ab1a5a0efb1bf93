import { parseDuration, type Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { matchViolations } from '../../match/validate.ts';
import { scopeViolations } from '../../rules/gateway-scope.ts';
import { toFromOrRules } from '../../rules/sections.ts';
import { atLeastOne } from '../../rules/shape.ts';
import { greaterThanZero } from '../../rules/values.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { targetRefViolations } from '../../target-ref/validate.ts';
import type { MeshRateLimitConf, MeshRateLimitSpec } from './schema.ts';

/** Semantic rules of MeshRateLimit, in document order. Texts follow Kuma 2.14. */
export function validateMeshRateLimit(resource: Resource<MeshRateLimitSpec>): readonly Violation[] {
  const { to = [], from = [], rules = [] } = resource.spec;
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'], system: ['MeshGateway', 'MeshHTTPRoute'], gatewayTags: true }),
    ...toFromOrRules(resource.spec),
    ...scopeViolations(resource.spec, true),
    ...from.flatMap((entry, index) => entryViolations(entry, `spec.from[${index}]`)),
    ...to.flatMap((entry, index) => entryViolations(entry, `spec.to[${index}]`)),
    ...rules.flatMap((rule, index) => ruleViolations(rule, `spec.rules[${index}]`)),
  ];
}

type Entry = NonNullable<MeshRateLimitSpec['to']>[number];
type Rule = NonNullable<MeshRateLimitSpec['rules']>[number];
const NOT_BY_SOURCE = "can't be specified when matches contain spiffeID because this field cannot be conditioned on source identity";

function entryViolations(entry: Entry, path: string): readonly Violation[] {
  return [...targetRefViolations(entry.targetRef, { path: `${path}.targetRef`, kinds: ['Mesh'] }), ...localViolations(entry.default, `${path}.default.local`)];
}

function ruleViolations({ matches = [], default: conf }: Rule, path: string): readonly Violation[] {
  const bySource = matches.some(({ spiffeID }) => spiffeID !== undefined) && conf?.local?.tcp !== undefined;
  return [
    ...matches.flatMap((match, index) => matchViolations(match, `${path}.matches[${index}]`)),
    ...localViolations(conf, `${path}.default.local`),
    ...(bySource ? [{ path: `${path}.default.local.tcp`, message: NOT_BY_SOURCE }] : []),
  ];
}

function localViolations(conf: MeshRateLimitConf | undefined, path: string): readonly Violation[] {
  if (conf?.local === undefined) return [{ path, message: 'must be defined' }];
  const { http, tcp } = conf.local;
  return [
    ...atLeastOne(path, conf.local, ['tcp', 'http']),
    ...(http === undefined ? [] : [...atLeastOne(`${path}.http`, http, ['disabled', 'requestRate', 'onRateLimit']), ...rateViolations(http.requestRate, `${path}.http.requestRate`), ...identityViolations(http, `${path}.http`)]),
    ...(tcp === undefined ? [] : [...atLeastOne(`${path}.tcp`, tcp, ['disabled', 'connectionRate']), ...rateViolations(tcp.connectionRate, `${path}.tcp.connectionRate`)]),
  ];
}

type Http = NonNullable<NonNullable<MeshRateLimitConf['local']>['http']>;
type Rate = NonNullable<Http['requestRate']>;

/** Fields of Weft. Who does not know them limits all callers together to `requestRate`: so it must be there, and be the lower one. */
function identityViolations({ requestRate, perIdentity, totalRate }: Http, path: string): readonly Violation[] {
  if (totalRate === undefined) return perIdentity === true && requestRate === undefined ? [{ path: `${path}.perIdentity`, message: 'must be used with requestRate' }] : [];
  const rate = rateViolations(totalRate, `${path}.totalRate`);
  if (requestRate === undefined || perIdentity !== true) return [...rate, { path: `${path}.totalRate`, message: 'must be used with requestRate and perIdentity' }];
  const lower = totalRate.num < requestRate.num || perMs(totalRate) < perMs(requestRate);
  return [...rate, ...(lower ? [{ path: `${path}.totalRate`, message: 'must be no lower than requestRate, in num and in num per interval' }] : [])];
}

function perMs({ num, interval }: Rate): number {
  const parsed = parseDuration(interval);
  return parsed.ok && parsed.value > 0 ? num / parsed.value : 0;
}

function rateViolations(rate: Rate | undefined, path: string): readonly Violation[] {
  if (rate === undefined) return [];
  const interval = parseDuration(rate.interval);
  const short = interval.ok && interval.value <= 50;
  return [...greaterThanZero(`${path}.num`, rate.num), ...(short ? [{ path: `${path}.interval`, message: 'must be greater than: 50ms' }] : [])];
}
