import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MeshError } from '@weft/kernel';

/** What `envoy --version` tells. `build` is the whole string, e.g. `6eb0d2d9…/1.39.3/Clean/RELEASE/BoringSSL`. */
export interface EnvoyVersion {
  readonly version: string;
  readonly build: string;
}

/**
 * Asks an Envoy binary for its version. The same call proves that the file is an Envoy which runs on this machine.
 * Rejects with `envoy/missing` when it does not start or says something else.
 */
export async function readEnvoyVersion(path: string): Promise<EnvoyVersion> {
  const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 20_000 }).catch((cause: unknown) => {
    throw new MeshError('envoy/missing', `${path} does not run as an Envoy: ${firstLine(cause)}`, { cause });
  });
  const build = /version:\s*(\S+)/.exec(stdout)?.[1];
  if (build === undefined) throw new MeshError('envoy/missing', `${path} is not an Envoy: \`--version\` printed "${stdout.trim().slice(0, 80)}"`);
  return { build, version: build.split('/')[1] ?? build };
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? '';
}
