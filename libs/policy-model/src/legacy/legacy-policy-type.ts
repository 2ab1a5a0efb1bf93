import { list, object, stringMap, tagViolations, type Resource, type ResourceType, type TSchema } from '@weft/resource-model';
import { convertLegacy, convertsLegacy } from './conversion/convert-legacy.ts';
import { greaterThanZero } from '../rules/values.ts';
import type { Violation } from '@weft/kernel';

/** Selectors of a legacy policy: any of them may match. Values may be `*`. */
export const SelectorsSchema = list(object({ match: stringMap() }));

/** One selector. */
export interface Selector {
  readonly match: Readonly<Record<string, string>>;
}

/** What the selectors of one field must look like. */
export interface SelectorRules {
  readonly field: 'sources' | 'destinations' | 'selectors';
  /** Each selector names `kuma.io/service`. */
  readonly service?: boolean;
  /** Each selector names `kuma.io/service` and nothing else. */
  readonly serviceOnly?: boolean;
  /** Each selector names `kuma.io/protocol`, as one of these. */
  readonly protocols?: readonly string[];
}

/** Sources need a service, destinations name nothing else: what most legacy policies ask for. */
export const BY_SERVICE: readonly SelectorRules[] = [{ field: 'sources', service: true }, { field: 'destinations', service: true, serviceOnly: true }];
/** Any tags on both sides. */
export const BY_TAGS: readonly SelectorRules[] = [{ field: 'sources' }, { field: 'destinations' }];

/** What is special about one legacy policy. */
export interface LegacyPolicy<Spec> {
  readonly name: string;
  readonly plural: string;
  readonly cliName: string;
  /** Display name; the plural ends in s unless given. */
  readonly displayName: string;
  readonly pluralDisplayName?: string;
  readonly schema: TSchema;
  readonly selectors: readonly SelectorRules[];
  validateConf?(spec: Spec): readonly Violation[];
}

/** A policy of the first generation: matched by tags, one policy for each pair of services. Source: Kuma 2.14. */
export function legacyPolicyType<Spec>(policy: LegacyPolicy<Spec>): ResourceType {
  return {
    name: policy.name,
    scope: 'Mesh',
    plural: policy.plural,
    cliName: policy.cliName,
    singularDisplayName: policy.displayName,
    pluralDisplayName: policy.pluralDisplayName ?? `${policy.displayName}s`,
    form: 'inline',
    schema: policy.schema,
    origin: 'global',
    federated: true,
    feed: 'full',
    ...(convertsLegacy(policy.name) ? { warnings: ({ spec }: Resource) => conversionWarnings(policy.name, spec) } : { inert: true }),
    policy: { order: 0, hasTo: false, hasFrom: false, hasRules: false, fromAsRules: false, singleItem: false },
    validate: ({ spec }: Resource) => [
      ...policy.selectors.flatMap((rules) => selectorViolations((spec as Readonly<Record<string, readonly Selector[] | undefined>>)[rules.field] ?? [], rules)),
      ...(policy.validateConf?.(spec as Spec) ?? []),
    ],
  };
}

/** What of it has no counterpart today. */
function conversionWarnings(type: string, spec: unknown): readonly string[] {
  return convertLegacy(type, spec)?.notes ?? [];
}

function selectorViolations(selectors: readonly Selector[], rules: SelectorRules): readonly Violation[] {
  if (selectors.length === 0) return [{ path: rules.field, message: 'must have at least one element' }];
  return selectors.flatMap(({ match }, index) => matchViolations(match, `${rules.field}[${index}].match`, rules));
}

function matchViolations(match: Selector['match'], path: string, { service, serviceOnly, protocols }: SelectorRules): readonly Violation[] {
  const keys = Object.keys(match);
  const protocol = match['kuma.io/protocol'];
  return [
    ...(keys.length === 0 ? [{ path, message: 'must have at least one tag' }] : tagViolations(path, match, { selector: true, requireService: service === true })),
    ...(serviceOnly === true && keys.some((key) => key !== 'kuma.io/service') ? [{ path, message: 'must consist of exactly one tag "kuma.io/service"' }] : []),
    ...(protocols === undefined || (protocol !== undefined && protocols.includes(protocol)) ? [] : [{ path: `${path}["kuma.io/protocol"]`, message: `must be one of the [${protocols.join(', ')}]` }]),
  ];
}

/** Numbers of a conf that must be above zero, by their path. */
export function aboveZero(path: string, values: Readonly<Record<string, number | undefined>>): readonly Violation[] {
  return Object.entries(values).flatMap(([key, value]) => greaterThanZero(`${path}.${key}`, value));
}

/** `conf` has to be there. */
export function confRequired(conf: unknown): readonly Violation[] {
  return conf === undefined ? [{ path: 'conf', message: 'must have conf' }] : [];
}
