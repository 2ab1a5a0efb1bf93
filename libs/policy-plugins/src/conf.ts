import { parseDuration } from '@weft/kernel';
import type { InboundPolicyRules, InboundRule } from '@weft/proxy-view';

/** A conf as the views hold it: JSON that passed admission. A member of another shape counts as absent. */
export type Conf = Readonly<Record<string, unknown>>;

/** The value as an object, or an empty one. */
export function confOf(value: unknown): Conf {
  return isObject(value) ? value : {};
}

/** Milliseconds of a duration such as "10s"; undefined where it is absent or malformed. */
export function durationMs(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const parsed = parseDuration(value);
  return parsed.ok ? parsed.value : undefined;
}

/** A number, also where it is written as text ("1.8"). */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** A list of objects. */
export function objects(value: unknown): Conf[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A list of texts. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Objects by their `name`, in order; of those with one name the first counts. */
export function firstByName(items: readonly Conf[]): ReadonlyMap<string, Conf> {
  const found = new Map<string, Conf>();
  for (const item of items) {
    const name = textOf(item['name']) ?? '';
    if (!found.has(name)) found.set(name, item);
  }
  return found;
}

/** A text, or undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/**
 * The conf for every caller: all rules without a match, merged in order (later wins, objects member by member).
 * No rules at all give an empty conf, so that code defaults apply; rules that all have a match give undefined.
 */
export function catchAllConf(rules: InboundPolicyRules | undefined): Conf | undefined {
  const all = rules?.inbound ?? [];
  const unmatched = all.filter((rule: InboundRule) => rule.match === undefined);
  if (all.length > 0 && unmatched.length === 0) return undefined;
  return unmatched.reduce<Conf>((merged, rule) => mergeConfs(merged, confOf(rule.conf)), {});
}

/** Merges confs: later wins, objects member by member. */
export function mergeConfs(base: Conf, over: Conf): Conf {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    if (value !== undefined) merged[key] = isObject(old) && isObject(value) ? mergeConfs(old, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is Conf {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
