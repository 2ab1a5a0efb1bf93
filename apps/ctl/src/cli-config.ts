import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { MeshError } from '@weft/kernel';
import { parse, stringify } from 'yaml';

/** Where one control plane's API is and how to speak to it. The format is that of `~/.kumactl/config`. */
export interface ControlPlaneEntry {
  readonly name: string;
  readonly coordinates: {
    readonly apiServer: {
      readonly url: string;
      readonly caCertFile?: string;
      readonly clientCertFile?: string;
      readonly clientKeyFile?: string;
      readonly headers?: readonly { readonly key: string; readonly value: string }[];
      readonly authType?: string;
      readonly authConf?: { readonly token?: string };
      readonly skipVerify?: boolean;
    };
  };
}

/** Pairs a name with a control plane and defaults for commands. */
export interface ContextEntry {
  readonly name: string;
  readonly controlPlane: string;
  readonly defaults?: { readonly mesh?: string };
}

/** The whole configuration file of the CLI. */
export interface CliConfig {
  readonly controlPlanes: readonly ControlPlaneEntry[];
  readonly contexts: readonly ContextEntry[];
  readonly currentContext: string;
}

/** What a first use starts with: the control plane on this machine. */
export const LOCAL_CONFIG: CliConfig = {
  controlPlanes: [{ name: 'local', coordinates: { apiServer: { url: 'http://localhost:5681' } } }],
  contexts: [{ name: 'local', controlPlane: 'local' }],
  currentContext: 'local',
};

/** Default place of the configuration: `~/.weft/ctl.yaml`. */
export function defaultConfigPath(): string {
  return join(homedir(), '.weft', 'ctl.yaml');
}

/** Reads the configuration; a missing file is made with {@link LOCAL_CONFIG}. */
export function loadCliConfig(path: string): CliConfig {
  if (!existsSync(path)) {
    saveCliConfig(path, LOCAL_CONFIG);
    return LOCAL_CONFIG;
  }
  try {
    const loaded = parse(readFileSync(path, 'utf8')) as Partial<CliConfig> | null;
    return { controlPlanes: loaded?.controlPlanes ?? [], contexts: loaded?.contexts ?? [], currentContext: loaded?.currentContext ?? '' };
  } catch (cause) {
    throw new MeshError('config/invalid', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Writes the configuration, keys sorted, readable by its owner only. */
export function saveCliConfig(path: string, config: CliConfig): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, stringify(config, { sortMapEntries: true }), { mode: 0o600 });
  chmodSync(path, 0o600);
}

/** Adds a control plane and makes it the current one. Throws `config/invalid` where the name is taken and `overwrite` is not set. */
export function withControlPlane(config: CliConfig, entry: ControlPlaneEntry, overwrite: boolean): CliConfig {
  if (!overwrite && config.controlPlanes.some((other) => other.name === entry.name)) {
    throw new MeshError('config/invalid', `Control Plane with name "${entry.name}" already exists. Use --overwrite to replace an existing one.`);
  }
  return {
    controlPlanes: [...config.controlPlanes.filter((other) => other.name !== entry.name), entry],
    contexts: [...config.contexts.filter((other) => other.name !== entry.name), { name: entry.name, controlPlane: entry.name }],
    currentContext: entry.name,
  };
}

/** Makes a known control plane the current one. */
export function switchedTo(config: CliConfig, name: string): CliConfig {
  if (!config.contexts.some((context) => context.name === name)) throw new MeshError('config/invalid', `there is no Control Plane with name "${name}"`);
  return { ...config, currentContext: name };
}

/** Forgets a control plane; where it was the current one, the first of the rest becomes current. */
export function withoutControlPlane(config: CliConfig, name: string): CliConfig {
  if (!config.controlPlanes.some((entry) => entry.name === name)) throw new MeshError('config/invalid', `there is no Control Plane with name "${name}"`);
  const contexts = config.contexts.filter((context) => context.controlPlane !== name);
  const kept = contexts.some((context) => context.name === config.currentContext);
  return {
    controlPlanes: config.controlPlanes.filter((entry) => entry.name !== name),
    contexts,
    currentContext: kept ? config.currentContext : (contexts[0]?.name ?? ''),
  };
}

/** The control plane that commands speak to. `name` (from `--context`) wins over the current context. */
export function currentControlPlane(config: CliConfig, name: string | undefined): ControlPlaneEntry {
  const wanted = name ?? config.contexts.find((context) => context.name === config.currentContext)?.controlPlane;
  const entry = config.controlPlanes.find((candidate) => candidate.name === wanted);
  if (entry !== undefined) return entry;
  throw new MeshError('config/invalid', wanted === undefined
    ? 'no active Control Plane. Add one: weftctl config control-planes add --name local --address http://localhost:5681'
    : `there is no Control Plane with name "${wanted}"`);
}
