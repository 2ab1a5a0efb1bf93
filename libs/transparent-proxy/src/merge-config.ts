import { err, ok, type Result, type Violation } from '@weft/kernel';
import { DEFAULT_CONFIG, type TransparentProxyConfig } from './config.ts';
import { readOption, type OptionValue } from './option-value.ts';
import { OPTIONS, type TransparentProxyOption } from './options.ts';

/** Where a configuration comes from. Later ones override earlier ones. */
export interface ConfigSources {
  /** Parsed documents of `--config`, with the name by which errors call each. */
  readonly documents: readonly { readonly name: string; readonly content: unknown }[];
  /** Read only when there is a document, as Kuma 2.14 does. `WEFT_…` overrides `KUMA_…`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Flags that were given, by name without dashes. */
  readonly flags: Readonly<Record<string, unknown>>;
}

type Tree = Record<string, unknown>;

/** Defaults, then documents, environment and flags. Every mistake is told, with where it stands. */
export function mergeConfig({ documents, env, flags }: ConfigSources): Result<TransparentProxyConfig, readonly Violation[]> {
  const config = copyOf(DEFAULT_CONFIG);
  const violations: Violation[] = [];
  const put = (option: TransparentProxyOption, raw: unknown, path: string): void => {
    const value = readOption(option.kind, raw);
    if (value.ok) assign(config, option.key, value.value);
    else violations.push({ path, message: value.error });
  };
  for (const { name, content } of documents) {
    for (const [key, raw] of leavesOf(content, '')) {
      const option = OPTIONS.find((one) => one.key === key);
      if (option === undefined) violations.push({ path: `${name}: ${key}`, message: 'is no option of a transparent proxy' });
      else if (raw !== null) put(option, raw, `${name}: ${key}`);
    }
  }
  for (const option of OPTIONS) {
    const variable = ['WEFT', 'KUMA'].map((prefix) => `${prefix}_TRANSPARENT_PROXY_${option.variable}`).find((name) => (env[name] ?? '') !== '');
    if (documents.length > 0 && variable !== undefined) put(option, env[variable], variable);
  }
  for (const option of OPTIONS) {
    if (option.flag !== undefined && flags[option.flag] !== undefined) put(option, flags[option.flag], `--${option.flag}`);
  }
  return violations.length > 0 ? err(violations) : ok(config as unknown as TransparentProxyConfig);
}

/** Values by dotted key. What an option takes as a mapping is one value. */
function leavesOf(node: unknown, path: string): [string, unknown][] {
  if (typeof node !== 'object' || node === null || Array.isArray(node) || path === 'iptablesExecutables') return path === '' ? [] : [[path, node]];
  return Object.entries(node).flatMap(([key, child]) => leavesOf(child, path === '' ? key : `${path}.${key}`));
}

function copyOf(node: object): Tree {
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, typeof child === 'object' && child !== null && !Array.isArray(child) ? copyOf(child as object) : child]));
}

function assign(tree: Tree, key: string, value: OptionValue): void {
  const [first = '', ...rest] = key.split('.');
  if (rest.length === 0) tree[first] = value;
  else assign(tree[first] as Tree, rest.join('.'), value);
}
