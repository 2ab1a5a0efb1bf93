import type { ProxyConfig } from '@weft/config-pipeline';
import { equalData, type Json } from '@weft/kernel';
import type { ResourceId } from '@weft/resource-model';
import { XDS_TYPES, type ProxySnapshot, type SharedResource, type XdsType } from '@weft/xds-core';

/** A part of a proxy's configuration that is refused as it is now; its last good version stays. */
export interface Refusal {
  /** Of Envoy's refusals. What the control plane itself could not build has none. */
  readonly type?: XdsType;
  /** Name of the Envoy resource, or of the part that could not be built. */
  readonly resource: string;
  /** Stands for what was refused: another content is another refusal. */
  readonly version: string;
  /** Envoy's words, or our own. */
  readonly message: string;
  /** Milliseconds since the Unix epoch. */
  readonly since: number;
}

interface Entry {
  readonly refusal: Refusal;
  /** Ids of the policies that contributed; undefined until that was found out. */
  policies: readonly ResourceId[] | undefined;
}

const NONE: readonly Refusal[] = [];

/** So many refusals of one proxy are told of. */
const TOLD = 20;
const MESSAGE_LENGTH = 1_000;

/** What one proxy refuses now, and which policies that came from. */
export class Refusals {
  #entries = new Map<string, Entry>();

  /** A stream begins: the proxy is asked anew. */
  reset(): void {
    for (const [key, { refusal }] of this.#entries) if (refusal.type !== undefined) this.#entries.delete(key);
  }

  /** Envoy refused a response. Its words may name which of the resources it means. */
  refused(type: XdsType, { resources, message }: { readonly resources: readonly SharedResource[]; readonly message: string }, now: number): void {
    const named = resources.filter(({ name }) => isNamed(name, message));
    for (const { name, version } of named.length > 0 ? named : resources) this.#enter({ type, resource: name, version, message: message.trim(), since: now });
  }

  /** Envoy took a response. */
  accepted(type: XdsType, resources: readonly SharedResource[]): void {
    if (this.#entries.size === 0) return;
    for (const { name } of resources) this.#entries.delete(keyOf({ type, resource: name }));
  }

  /** The proxy is to have something else now: what was refused before and is wanted no more is no refusal. True where there was such. */
  replaced(snapshot: ProxySnapshot): boolean {
    const before = this.#entries.size;
    for (const [key, { refusal: { type, resource, version } }] of this.#entries) {
      if (type !== undefined && snapshot[type].get(resource)?.version !== version) this.#entries.delete(key);
    }
    return this.#entries.size < before;
  }

  /** What could not be built as asked. */
  built(problems: ProxyConfig['problems'], now: number): void {
    for (const [key, { refusal }] of this.#entries) {
      if (refusal.type === undefined && !problems.some(({ resource, reason }) => resource === refusal.resource && reason === refusal.version)) this.#entries.delete(key);
    }
    for (const { resource, reason } of problems) this.#enter({ resource, version: reason, message: reason, since: now });
  }

  /** Refusals of which it is not known yet which policies contributed. */
  get unexplained(): readonly Refusal[] {
    if (this.#entries.size === 0) return NONE;
    return [...this.#entries.values()].flatMap(({ refusal, policies }) => (policies === undefined ? [refusal] : []));
  }

  /** Takes in which policies contributed to what was refused; nothing happens where it is refused no more. */
  explain(refusal: Refusal, policies: readonly ResourceId[]): void {
    const entry = this.#entries.get(keyOf(refusal));
    if (entry !== undefined && equalData(entry.refusal, refusal)) entry.policies = policies;
  }

  /** `[{type?, resource, message, since, policies}]`, oldest first, at most {@link TOLD}. */
  toJson(): readonly Json[] {
    return [...this.#entries.values()].slice(0, TOLD).map(({ refusal: { type, resource, message, since }, policies = [] }) => ({
      ...(type !== undefined && { type }), resource, message: message.slice(0, MESSAGE_LENGTH), since: new Date(since).toISOString(), policies,
    }));
  }

  // Sent again and refused again, it is the same refusal.
  #enter(refusal: Refusal): void {
    const key = keyOf(refusal);
    if (this.#entries.get(key)?.refusal.version !== refusal.version) this.#entries.set(key, { refusal, policies: undefined });
  }
}

function keyOf({ type, resource }: Pick<Refusal, 'type' | 'resource'>): string {
  return `${XDS_TYPES.find((one) => one === type) ?? 'build'} ${resource}`;
}

/** Envoy writes `Error adding/updating listener(s) <name>: <reason>`, one line or comma for each. */
function isNamed(name: string, message: string): boolean {
  for (let at = message.indexOf(`${name}: `); at >= 0; at = message.indexOf(`${name}: `, at + 1)) {
    if (at === 0 || /[\s,]/.test(message.charAt(at - 1))) return true;
  }
  return false;
}
