import { identityMatches, selectorRef, weftRegistry, type TargetRef } from '@weft/policy-model';
import type { PolicyTraits } from '@weft/resource-model';
import type { Policy, PolicyEntry, PolicyRule } from '../policy.ts';
import type { PolicySubject } from '../select-proxy.ts';
import type { LegacyPolicy } from './legacy-policy.ts';
import { bestPrecision, compareRanks, precisionOf, type LegacyRank, type Precision } from './legacy-rank.ts';

type Tags = Readonly<Record<string, string>>;

/** What policies of the first generation mean for one proxy: present-day policies by their type, and per inbound those with `from`. */
export interface Translation {
  readonly policies: ReadonlyMap<string, readonly Policy[]>;
  readonly perInbound: readonly ReadonlyMap<string, Policy>[];
}

/**
 * Translates the policies of the first generation for one proxy. `to`: those whose sources select it, each entry ranked by
 * how precise sources and destination are together; rules take the most precise one. `from`: for each inbound the one whose
 * destinations select it most precisely. About the proxy itself: the most precise one. Selection and precedence are Kuma's.
 */
export function translateLegacy(legacy: readonly LegacyPolicy[], subject: PolicySubject): Translation {
  const own = ownTags(subject);
  const policies = new Map<string, Policy[]>();
  const add = (type: string, policy: Policy): void => void policies.set(type, [...(policies.get(type) ?? []), policy]);
  for (const policy of legacy) {
    const source = bestPrecision(policy.sources, own);
    if (source !== undefined) for (const part of policy.conversion.parts) if (part.place === 'to') add(part.type, { ...translated(policy, part.type, source), to: toEntries(policy, part.conf, source) });
  }
  for (const type of typesAt(legacy, 'proxy')) {
    const chosen = bestPolicy(withPart(legacy, 'proxy', type), ({ sources }) => bestPrecision(sources, own));
    if (chosen !== undefined) add(type, { ...translated(chosen, type), conf: chosen.conversion.parts.find((part) => part.type === type)?.conf });
  }
  return { policies, perInbound: subject.inbounds.map(({ tags }) => inboundPolicies(legacy, tags)) };
}

function inboundPolicies(legacy: readonly LegacyPolicy[], tags: Tags): ReadonlyMap<string, Policy> {
  return new Map([...permissions(legacy, tags), ...callers(legacy, tags)]);
}

function permissions(legacy: readonly LegacyPolicy[], tags: Tags): (readonly [string, Policy])[] {
  return typesAt(legacy, 'from').flatMap((type) => {
    const chosen = bestPolicy(withPart(legacy, 'from', type), ({ destinations }) => bestPrecision(destinations, [tags]));
    const conf = chosen?.conversion.parts.find((part) => part.type === type)?.conf;
    return chosen === undefined ? [] : [[type, { ...translated(chosen, type), from: chosen.sources.map((selector, index) => ({ targetRef: selectorRef(selector), conf, index })) }] as const];
  });
}

/** Entries of all policies about the inbound, the most precise pair of source and destination last. */
function callers(legacy: readonly LegacyPolicy[], tags: Tags): (readonly [string, Policy])[] {
  return typesAt(legacy, 'callers').flatMap((type) => {
    const found = legacy.flatMap((policy) => {
      const part = policy.conversion.parts.find((one) => one.type === type);
      const destination = part === undefined ? undefined : bestPrecision(policy.destinations, [tags]);
      return part === undefined || destination === undefined ? [] : policy.sources.map((selector, index) => ({ policy, part, index, targetRef: selectorRef(selector), rank: rankOf(policy, plus(precisionOf(selector), destination)) }));
    }).sort((a, b) => compareRanks(a.rank, b.rank));
    const last = found.at(-1);
    if (last === undefined) return [];
    const entries = last.part.byIdentity === true
      ? { rules: found.flatMap(({ policy, part, targetRef, index }) => ruleFor(targetRef, policy, { conf: part.conf, index })) }
      : { from: found.map(({ part, targetRef, index }) => ({ targetRef, conf: part.conf, index })) };
    return [[type, { ...translated(last.policy, type), ...entries }] as const];
  });
}

function ruleFor(targetRef: TargetRef, { key }: LegacyPolicy, entry: Pick<PolicyRule, 'conf' | 'index'>): PolicyRule[] {
  const matches = identityMatches(targetRef, key.mesh);
  return matches === undefined ? [] : [{ ...entry, matches: matches.length === 0 ? undefined : matches }];
}

type Place = LegacyPolicy['conversion']['parts'][number]['place'];

function withPart(legacy: readonly LegacyPolicy[], place: Place, type: string): readonly LegacyPolicy[] {
  return legacy.filter(({ conversion }) => conversion.parts.some((part) => part.place === place && part.type === type));
}

function typesAt(legacy: readonly LegacyPolicy[], place: Place): readonly string[] {
  return [...new Set(legacy.flatMap(({ conversion }) => conversion.parts.flatMap((part) => (part.place === place ? [part.type] : []))))];
}

function plus(a: Precision, b: Precision): Precision {
  return { exact: a.exact + b.exact, present: a.present + b.present };
}

/** Tags of whatever the proxy is: its inbounds, or the gateway. */
export function ownTags({ inbounds, gateway }: PolicySubject): readonly Tags[] {
  return [...inbounds.map(({ tags }) => tags), ...(gateway === undefined ? [] : [gateway.tags])];
}

/** The policy of the highest precedence among those that have a precision. */
export function bestPolicy(policies: readonly LegacyPolicy[], precision: (policy: LegacyPolicy) => Precision | undefined): LegacyPolicy | undefined {
  return policies.flatMap((policy) => {
    const found = precision(policy);
    return found === undefined ? [] : [{ policy, rank: rankOf(policy, found) }];
  }).sort((a, b) => compareRanks(a.rank, b.rank)).at(-1)?.policy;
}

/** The most precise sources count once, whichever destination it is. */
function toEntries(policy: LegacyPolicy, conf: unknown, source: Precision): PolicyEntry[] {
  return policy.destinations.map((selector, index) => {
    const destination = precisionOf(selector);
    return { targetRef: selectorRef(selector), conf, index, legacy: rankOf(policy, plus(source, destination)) };
  });
}

function rankOf({ creationTime, displayName }: LegacyPolicy, precision: Precision): LegacyRank {
  return { ...precision, creationTime, name: displayName };
}

const NO_TRAITS: PolicyTraits = { order: 0, hasTo: false, hasFrom: false, hasRules: false, fromAsRules: false, singleItem: false };

/** Proxies that differ in how precisely they are selected must not share what follows from it: the id says so. */
function translated(policy: LegacyPolicy, type: string, source?: Precision): Policy {
  return {
    uid: source === undefined ? policy.uid : `${policy.uid}~${source.exact}.${source.present}`,
    key: policy.key, type, mesh: policy.key.mesh, displayName: policy.displayName, kri: policy.kri, zone: '', namespace: '', role: 'system', origin: 'global', shadow: false,
    traits: weftRegistry.byName(type)?.policy ?? NO_TRAITS, targetRef: { kind: 'Mesh' }, to: [], from: [], rules: [], conf: undefined, legacy: true,
  };
}
