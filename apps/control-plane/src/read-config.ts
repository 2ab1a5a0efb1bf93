import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { MeshError } from '@weft/kernel';
import { effectiveConfig, loadConfig, type LoadedConfig } from '@weft/service-runtime';
import type { ControlPlaneConfig } from './control-plane-config.ts';

/** Where the configuration of a control plane comes from. */
export interface ConfigInput {
  /** Path of the file, if any. */
  readonly configFile?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values by key path, as text; they beat all else. */
  readonly flags?: Readonly<Record<string, string>>;
}

/** Reads, checks and completes the configuration. Throws `config/invalid`. */
export function readConfig(input: ConfigInput): { readonly config: ControlPlaneConfig; readonly loaded: LoadedConfig } {
  const { configFile, env, flags = {} } = input;
  const file = configFile === undefined ? {} : { file: { name: configFile, text: readText(configFile) } };
  const loaded = effectiveConfig(loadConfig({ ...file, env, flags }), homedir());
  return { config: loaded.tree as unknown as ControlPlaneConfig, loaded };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new MeshError('config/invalid', `unable to access configuration file '${path}', please check if the file exists and has the correct permissions`, { cause });
  }
}
