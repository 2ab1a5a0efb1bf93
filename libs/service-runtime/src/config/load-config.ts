import { MeshError, type Violation } from '@weft/kernel';
import { checkConfig } from './check-config.ts';
import { closestName } from './closest-name.ts';
import { parseConfigFile } from './config-file.ts';
import type { ConfigKey, ConfigKind, ConfigValue } from './config-key.ts';
import { CONFIG_KEYS } from './config-keys.ts';
import { reasonForNoMeaning } from './meaningless-keys.ts';
import { valueFromText, valueFromYaml } from './read-value.ts';

/** Where the configuration comes from, weakest first: defaults, file, variables, flags. */
export interface ConfigSources {
  /** Content of the file and its name for messages. */
  readonly file?: { readonly name: string; readonly text: string };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values of command-line flags by key path, as text. */
  readonly flags?: Readonly<Record<string, string>>;
}

/** A configuration that was read and found right. */
export interface LoadedConfig {
  /** Nested by the parts of the key paths; durations in milliseconds. */
  readonly tree: Readonly<Record<string, unknown>>;
  /** Keys that were given and do nothing, or are not known; each a sentence. */
  readonly warnings: readonly string[];
  /** Value by key path, as in the tree. */
  readonly values: ReadonlyMap<string, ConfigValue>;
  /** Where each key that was given came from, e.g. `weft.yaml:12`. */
  readonly origins: ReadonlyMap<string, string>;
}

interface Draft {
  readonly values: Map<string, ConfigValue>;
  readonly origins: Map<string, string>;
  readonly violations: Violation[];
  readonly warnings: string[];
}

const BY_PATH = new Map(CONFIG_KEYS.map((key) => [key[0].toLowerCase(), key]));

/** Reads and validates the configuration as a whole. Throws `config/invalid` with every violation: key, where it was given, and what would be right. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const draft: Draft = { values: new Map(CONFIG_KEYS.map(([path, , , fallback]) => [path, fallback])), origins: new Map(), violations: [], warnings: [] };
  if (sources.file !== undefined) readFile(draft, sources.file);
  for (const prefix of ['KUMA_', 'WEFT_']) readVariables(draft, sources.env, prefix);
  for (const [path, text] of Object.entries(sources.flags ?? {})) readText(draft, path, { text, origin: `flag for ${path}` });
  warnOfMisspeltVariables(draft, sources.env);
  warnOfMeaningless(draft);
  const { values, origins, warnings } = draft;
  const violations = [...draft.violations, ...checkConfig(values).map(({ path, message }) => violation(path, message, origins.get(path)))];
  if (violations.length > 0) {
    throw new MeshError('config/invalid', `the configuration is wrong:\n${violations.map(({ message }) => `  - ${message}`).join('\n')}`, { violations });
  }
  return { tree: toTree(values), warnings, values, origins };
}

function readFile(draft: Draft, file: { readonly name: string; readonly text: string }): void {
  const { entries, problems } = parseConfigFile(file.text, (path) => BY_PATH.get(path.toLowerCase())?.[2] === 'map');
  for (const { line, message } of problems) draft.violations.push({ path: '', message: `${file.name}:${line}: ${message}` });
  for (const { path, line, value } of entries) {
    const key = BY_PATH.get(path.toLowerCase());
    const origin = `${file.name}:${line}`;
    if (key === undefined) {
      const near = closestName(path, CONFIG_KEYS.map(([known]) => known));
      draft.warnings.push(`${origin}: there is no key ${path}${near === undefined ? '' : `; is it ${near}?`} It is left out.`);
      continue;
    }
    accept(draft, key, { read: valueFromYaml(key[2], value), origin });
  }
}

function readVariables(draft: Draft, env: ConfigSources['env'], prefix: string): void {
  for (const key of CONFIG_KEYS) {
    const text = key[1] === '' ? undefined : env[prefix + key[1]];
    if (text !== undefined) accept(draft, key, { read: valueFromText(key[2], text), origin: `variable ${prefix}${key[1]}` });
  }
}

function readText(draft: Draft, path: string, given: { readonly text: string; readonly origin: string }): void {
  const key = BY_PATH.get(path.toLowerCase());
  if (key === undefined) {
    const near = closestName(path, CONFIG_KEYS.map(([known]) => known));
    draft.violations.push({ path, message: `there is no key ${path}${near === undefined ? '' : `; is it ${near}?`}` });
    return;
  }
  accept(draft, key, { read: valueFromText(key[2], given.text), origin: given.origin });
}

function accept(draft: Draft, key: ConfigKey, given: { readonly read: ReturnType<typeof valueFromText>; readonly origin: string }): void {
  const [path, , kind] = key;
  if (!given.read.ok) {
    draft.violations.push(violation(path, given.read.error, given.origin));
    return;
  }
  draft.values.set(path, merged(kind, draft.values.get(path), given.read.value));
  draft.origins.set(path, given.origin);
}

/** A list replaces the default, a map is merged into it (Kuma 2.14). */
function merged(kind: ConfigKind, before: ConfigValue | undefined, given: ConfigValue): ConfigValue {
  return kind === 'map' && typeof before === 'object' && typeof given === 'object' ? { ...(before as Record<string, string>), ...(given as Record<string, string>) } : given;
}

/** Other programs have variables with these prefixes too, so only a near miss is named. */
function warnOfMisspeltVariables(draft: Draft, env: ConfigSources['env']): void {
  const names = CONFIG_KEYS.map(([, variable]) => variable).filter((variable) => variable !== '');
  const known = new Set(names);
  for (const variable of Object.keys(env)) {
    const match = /^(KUMA|WEFT)_(.+)$/.exec(variable);
    const name = match?.[2];
    if (name === undefined || known.has(name)) continue;
    const near = closestName(name, names);
    if (near !== undefined && near.length - near.replaceAll('_', '').length >= 2) draft.warnings.push(`there is no variable ${variable}; is it ${match?.[1]}_${near}? It is left out.`);
  }
}

function warnOfMeaningless(draft: Draft): void {
  for (const [path, origin] of draft.origins) {
    const reason = reasonForNoMeaning(path);
    if (reason !== undefined) draft.warnings.push(`${path} (${origin}) has no effect: ${reason}.`);
  }
}

function violation(path: string, message: string, origin: string | undefined): Violation {
  return { path, message: `${path} (${origin ?? 'default'}): ${message}` };
}

/** Nests values by the parts of their paths. */
export function toTree(values: ReadonlyMap<string, ConfigValue>): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of values) {
    const parts = path.split('.');
    const last = parts.pop() ?? path;
    let section = root;
    for (const part of parts) section = (section[part] ??= {}) as Record<string, unknown>;
    section[last] = value;
  }
  return root;
}
