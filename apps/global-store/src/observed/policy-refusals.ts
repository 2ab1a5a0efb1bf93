import { compareText } from '@weft/kernel';
import { resourceId, type ResourceKey } from '@weft/resource-model';

/** A part of a proxy's configuration that is refused, as an xds-server reports it. */
export interface ProxyRefusal {
  /** xDS type; absent where the control plane itself could not build the part. */
  readonly type?: string;
  /** Name of the Envoy resource, or of the part. */
  readonly resource: string;
  /** Envoy's words, or our own. */
  readonly message: string;
  /** RFC 3339. */
  readonly since: string;
  /** Ids of the policies that contributed to it. */
  readonly policies: readonly string[];
}

/** Who says it of which proxy. */
interface Reporter {
  readonly server: string;
  readonly mesh: string;
  readonly dataplane: string;
}

/** A refusal of something that a policy contributed to. */
export type PolicyRefusal = Reporter & Omit<ProxyRefusal, 'policies'>;

/** What proxies refuse, by the policies that contributed: kept up to date, so that reading a policy costs nothing. */
export class PolicyRefusals {
  /** By policy, then by the entry of observed state that says so. */
  readonly #byPolicy = new Map<string, Map<string, readonly PolicyRefusal[]>>();
  readonly #policiesOf = new Map<string, ReadonlySet<string>>();

  /** Takes in what one entry says now. */
  set(entry: string, reporter: Reporter, refusals: readonly ProxyRefusal[]): void {
    for (const policy of this.#policiesOf.get(entry) ?? []) this.#drop(policy, entry);
    const policies = new Set(refusals.flatMap((refusal) => refusal.policies));
    if (policies.size === 0) this.#policiesOf.delete(entry);
    else this.#policiesOf.set(entry, policies);
    for (const policy of policies) {
      const entries = this.#byPolicy.get(policy) ?? new Map<string, readonly PolicyRefusal[]>();
      this.#byPolicy.set(policy, entries.set(entry, refusals.filter((refusal) => refusal.policies.includes(policy)).map(({ policies: _policies, ...refusal }) => ({ ...reporter, ...refusal }))));
    }
  }

  /** What is refused of a policy, sorted by proxy. */
  of(policy: ResourceKey): readonly PolicyRefusal[] {
    return [...(this.#byPolicy.get(resourceId(policy))?.values() ?? [])].flat().sort((a, b) => compareText(a.dataplane, b.dataplane));
  }

  #drop(policy: string, entry: string): void {
    const entries = this.#byPolicy.get(policy);
    entries?.delete(entry);
    if (entries?.size === 0) this.#byPolicy.delete(policy);
  }
}

/** Refusals shown in a status; of all it is said from how many proxies they are. */
const SHOWN = 10;

/**
 * Status of a policy: `{refusedBy: <number of proxies>, refusals: [{dataplane, type?, resource, message, since}]}` with the first
 * {@link SHOWN}; undefined where nobody refuses anything. Weft's own.
 */
export function refusalStatus(refusals: readonly PolicyRefusal[]): unknown {
  if (refusals.length === 0) return undefined;
  return {
    refusedBy: new Set(refusals.map(({ dataplane }) => dataplane)).size,
    refusals: refusals.slice(0, SHOWN).map(({ dataplane, type, resource, message, since }) => ({ dataplane, ...(type !== undefined && { type }), resource, message, since })),
  };
}
