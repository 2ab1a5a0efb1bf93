import type { TargetRef } from '@weft/policy-model';
import { SERVICE_TAG } from './labels.ts';

/** The tags that a reference means to the tag-subset engine; undefined for kinds that it does not know. */
export function subsetOf({ kind, name = '', tags = {}, labels, sectionName, namespace }: TargetRef): Readonly<Record<string, string>> | undefined {
  switch (kind) {
    case 'Mesh': return {};
    case 'MeshSubset': return tags;
    // A reference in the form of real resources is none by tags.
    case 'MeshService': return labels !== undefined || sectionName !== undefined || namespace !== undefined ? undefined : { [SERVICE_TAG]: name };
    case 'MeshServiceSubset': return { ...tags, [SERVICE_TAG]: name };
    default: return undefined;
  }
}
