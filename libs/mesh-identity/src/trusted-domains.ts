import { compareText } from '@weft/kernel';
import type { MeshTrustSpec, Resource } from '@weft/resource-model';

/** A MeshTrust, as far as trust goes. */
export type MeshTrust = Pick<Resource<MeshTrustSpec>, 'spec'>;

/** A trust domain and the CA certificates (PEM) that may issue for it. */
export interface TrustedDomain {
  readonly name: string;
  readonly caPem: readonly string[];
}

/** Every trust domain of these MeshTrusts once, by name, with the CAs of all that speak of it, each once. */
export function trustedDomains(trusts: Iterable<MeshTrust>): readonly TrustedDomain[] {
  const byName = new Map<string, Set<string>>();
  for (const { spec } of trusts) {
    const known = byName.get(spec.trustDomain) ?? new Set<string>();
    for (const { pem } of spec.caBundles) if (pem !== undefined) known.add(pem.value);
    byName.set(spec.trustDomain, known);
  }
  return [...byName].sort(([a], [b]) => compareText(a, b)).map(([name, pems]) => ({ name, caPem: [...pems].sort() }));
}
