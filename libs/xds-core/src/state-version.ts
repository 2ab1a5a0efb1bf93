import { setVersion } from './resource-fragment.ts';
import type { SharedResource, XdsType } from './shared-resource.ts';

/**
 * SotW version of all that a client holds of a type. A hash, but for secrets, which are few: there it names each
 * secret's version, so that a restarted server learns which certificate the client already has.
 */
export function stateVersion(type: XdsType, resources: Iterable<SharedResource>): string {
  if (type !== 'sds') return setVersion(resources);
  return [...resources].map(({ name, version }) => `${encodeURIComponent(name)}=${encodeURIComponent(version)}`).sort().join('&');
}

/** The secrets that a client says it holds, by {@link stateVersion}; empty where the text is none of ours. */
export function parseSecretVersions(version: string): ReadonlyMap<string, string> {
  const held = new Map<string, string>();
  for (const part of version === '' ? [] : version.split('&')) {
    const at = part.indexOf('=');
    const name = decode(part.slice(0, at));
    const value = decode(part.slice(at + 1));
    if (at < 1 || name === undefined || value === undefined) return new Map();
    held.set(name, value);
  }
  return held;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
