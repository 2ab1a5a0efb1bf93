import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { MeshError } from '@weft/kernel';
import { mergeConfig, OPTIONS, type TransparentProxyConfig } from '@weft/transparent-proxy';
import type { CliContext } from '../../context.ts';
import { readStdin } from '../../terminal.ts';

/** Reads the files of `--config` (`-` is standard input), the environment, and the flags that stand in `given` by name. Rejects naming every mistake. */
export async function readTransparentProxyConfig(context: CliContext, files: readonly string[], given: Readonly<Record<string, unknown>>): Promise<TransparentProxyConfig> {
  if (given['redirect-dns'] === true && given['redirect-all-dns-traffic'] === true) throw new MeshError('config/invalid', 'one of --redirect-dns or --redirect-all-dns-traffic should be specified, not both');
  const documents = [];
  for (const file of files) documents.push({ name: file === '-' ? 'standard input' : file, content: parseFile(file, file === '-' ? await readStdin(context.terminal) : read(file)) });
  const config = mergeConfig({ documents, env: context.terminal.env, flags: given });
  if (config.ok) return config.value;
  const lines = config.error.map(({ path, message }) => `${path}: ${message}`);
  throw new MeshError('config/invalid', lines.length === 1 ? (lines[0] ?? '') : `the configuration is wrong:\n${lines.map((line) => `  ${line}`).join('\n')}`, { violations: config.error });
}

/** Flags that were given, by name, from commander's values by attribute. Deprecated names count as what they became. */
export function givenFlags(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const attribute = (flag: string): string => flag.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const found = OPTIONS.flatMap(({ flag }) => (flag === undefined || values[attribute(flag)] === undefined ? [] : [[flag, values[attribute(flag)]] as const]));
  return { ...(values['kumaDpUid'] !== undefined && { 'kuma-dp-user': values['kumaDpUid'] }), ...Object.fromEntries(found) };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new MeshError('config/invalid', `--config: ${file} cannot be read: ${(error as Error).message}. Several files are several --config, not a list with commas`);
  }
}

function parseFile(name: string, content: string): unknown {
  try {
    return parse(content) ?? {};
  } catch (error) {
    throw new MeshError('config/invalid', `${name} is neither YAML nor JSON: ${(error as Error).message}`);
  }
}
