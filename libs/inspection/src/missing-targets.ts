import { compareText } from '@weft/kernel';
import { resolveTarget, type Policy, type PolicyEntry } from '@weft/policy-engine';
import type { TargetRef } from '@weft/policy-model';
import type { InspectedProxy } from './inspected-proxy.ts';

/** What is wrong with the policies' references: one sentence for each that leads to nothing, sorted. */
export function missingTargets(proxy: InspectedProxy, policies: readonly Policy[]): readonly string[] {
  return policies.flatMap((policy) => [
    ...(policy.targetRef.kind === 'MeshHTTPRoute' && proxy.known.mesh.route(policy.targetRef.name ?? '') === undefined ? [sentence(policy, 'targetRef', policy.targetRef)] : []),
    ...policy.to.flatMap((entry) => (leadsNowhere(proxy, policy, entry) ? [sentence(policy, `to[${entry.index}].targetRef`, entry.targetRef)] : [])),
  ]).sort(compareText);
}

function leadsNowhere({ sources, known }: InspectedProxy, policy: Policy, { targetRef }: PolicyEntry): boolean {
  const { kind, name = '' } = targetRef;
  if (kind === 'Mesh' || kind === 'MeshSubset') return false;
  const byTag = known.meshView.meshServicesMode !== 'Exclusive' && (kind === 'MeshService' || kind === 'MeshServiceSubset') && targetRef.labels === undefined;
  if (byTag && sources.offersService(name)) return false;
  return resolveTarget(targetRef, policy, known.mesh).every(({ item }) => item === undefined);
}

function sentence({ type, key }: Policy, path: string, { kind, name, labels, sectionName }: TargetRef): string {
  const port = sectionName === undefined || sectionName === '' ? '' : ` with port "${sectionName}"`;
  const which = labels === undefined ? `${kind} "${name ?? ''}"` : `${kind} with labels ${JSON.stringify(labels)}`;
  return `${path} of ${type} "${key.name}" has no effect: there is no ${which}${port}`;
}
