import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { matchViolations } from '../../match/validate.ts';
import { toFromOrRules } from '../../rules/sections.ts';
import { nonNegativeDuration, positiveDuration } from '../../rules/values.ts';
import type { TargetRefKind } from '../../target-ref/schema.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { targetRefViolations } from '../../target-ref/validate.ts';
import type { MeshTimeoutConf, MeshTimeoutSpec } from './schema.ts';

/** Semantic rules of MeshTimeout, in document order. Texts follow Kuma 2.14. */
export function validateMeshTimeout(resource: Resource<MeshTimeoutSpec>): readonly Violation[] {
  const { targetRef, to = [], from = [], rules = [] } = resource.spec;
  const top = targetRef?.kind ?? 'Mesh';
  const narrow = top === 'MeshHTTPRoute' || top === 'MeshGateway';
  const toKinds: readonly TargetRefKind[] = narrow ? ['Mesh', 'MeshExternalService'] : ['Mesh', 'MeshService', 'MeshExternalService', 'MeshMultiZoneService', 'MeshHTTPRoute'];
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'], system: ['MeshGateway', 'MeshHTTPRoute'], gatewayTags: true }),
    ...toFromOrRules(resource.spec),
    ...to.flatMap((entry, index) => entryViolations(entry, { path: `spec.to[${index}]`, kinds: toKinds, onRoute: top === 'MeshHTTPRoute' })),
    ...(narrow && from.length > 0 ? [{ path: 'spec.from', message: 'must not be defined' }] : []),
    ...(narrow ? [] : from.flatMap((entry, index) => entryViolations(entry, { path: `spec.from[${index}]`, kinds: ['Mesh'], onRoute: false }))),
    ...rules.flatMap((rule, index) => ruleViolations(rule, `spec.rules[${index}]`)),
  ];
}

type Entry = NonNullable<MeshTimeoutSpec['to']>[number];
type Rule = NonNullable<MeshTimeoutSpec['rules']>[number];

function entryViolations(entry: Entry, { path, kinds, onRoute }: { readonly path: string; readonly kinds: readonly TargetRefKind[]; readonly onRoute: boolean }): readonly Violation[] {
  const conf = entry.default ?? {};
  return [
    ...targetRefViolations(entry.targetRef, { path: `${path}.targetRef`, kinds }),
    ...confViolations(conf, `${path}.default`),
    ...(onRoute ? forbidden(conf, { path: `${path}.default`, allowed: ON_ROUTE, message: "can't be specified when top-level TargetRef is referencing MeshHTTPRoute" }) : []),
  ];
}

function ruleViolations(rule: Rule, path: string): readonly Violation[] {
  const conf = rule.default ?? {};
  const bySource = (rule.matches ?? []).some(({ spiffeID }) => spiffeID !== undefined);
  return [
    ...(rule.matches ?? []).flatMap((match, index) => matchViolations(match, `${path}.matches[${index}]`)),
    ...confViolations(conf, `${path}.default`),
    ...(bySource ? forbidden(conf, { path: `${path}.default`, allowed: BY_SOURCE, message: NOT_BY_SOURCE }) : []),
  ];
}

const ON_ROUTE = ['http.requestTimeout', 'http.streamIdleTimeout', 'http.requestHeadersTimeout'];
const BY_SOURCE = ['http.requestTimeout', 'http.streamIdleTimeout'];
const NOT_BY_SOURCE = "can't be specified when matches contain spiffeID because this field cannot be conditioned on source identity";

/** Every timeout that is set, by its path within the conf. */
function timeoutsOf({ http = {}, ...rest }: MeshTimeoutConf): readonly (readonly [string, string])[] {
  return [...Object.entries(rest), ...Object.entries(http).map(([key, value]) => [`http.${key}`, value] as const)];
}

function confViolations(conf: MeshTimeoutConf, path: string): readonly Violation[] {
  if (conf.connectionTimeout === undefined && conf.idleTimeout === undefined && conf.http === undefined) {
    return [{ path, message: 'at least one timeout should be configured' }];
  }
  const values = timeoutsOf(conf).flatMap(([key, value]) => (key === 'connectionTimeout' ? positiveDuration : nonNegativeDuration)(`${path}.${key}`, value));
  // A section with nothing but requestHeadersTimeout is refused too, as in Kuma.
  const countsAsEmpty = conf.http !== undefined && Object.keys(conf.http).every((key) => key === 'requestHeadersTimeout');
  return countsAsEmpty ? [...values, { path: `${path}.http`, message: 'at least one timeout in this section should be configured' }] : values;
}

function forbidden(conf: MeshTimeoutConf, { path, allowed, message }: { readonly path: string; readonly allowed: readonly string[]; readonly message: string }): readonly Violation[] {
  return timeoutsOf(conf)
    .filter(([key]) => !allowed.includes(key))
    .map(([key]) => ({ path: `${path}.${key}`, message }));
}
