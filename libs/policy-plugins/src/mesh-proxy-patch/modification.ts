import type { EnvoyResource } from '@weft/envoy-builders';
import { confOf, objects, textOf, type Conf } from '../conf.ts';
import type { JsonPatchOperation } from './json-patch.ts';

/** What a modification is about. */
export type ModificationKind = 'cluster' | 'listener' | 'networkFilter' | 'httpFilter' | 'virtualHost';

/** One entry of `appendModifications`, read once. Absent texts are undefined. */
export interface Modification {
  readonly kind: ModificationKind;
  readonly operation: string;
  readonly match: { readonly name: string | undefined; readonly origin: string | undefined; readonly listenerName: string | undefined; readonly routeConfigurationName: string | undefined; readonly tags: Conf };
  /** An Envoy resource in YAML. */
  readonly value: string | undefined;
  readonly jsonPatches: readonly JsonPatchOperation[];
}

/** A resource with the name of the part that made it. */
export interface Placed {
  readonly origin: string;
  readonly resource: EnvoyResource;
}

const KINDS: readonly ModificationKind[] = ['cluster', 'listener', 'networkFilter', 'httpFilter', 'virtualHost'];

/** The modifications of a merged MeshProxyPatch, in order. */
export function modificationsOf(conf: Conf): readonly Modification[] {
  return objects(conf['appendModifications']).flatMap((entry) => KINDS.flatMap((kind) => (entry[kind] === undefined ? [] : [read(kind, confOf(entry[kind]))])));
}

function read(kind: ModificationKind, change: Conf): Modification {
  const match = confOf(change['match']);
  return {
    kind,
    operation: textOf(change['operation']) ?? '',
    match: {
      name: given(match['name']), origin: given(match['origin']), listenerName: given(match['listenerName']), routeConfigurationName: given(match['routeConfigurationName']),
      tags: confOf(match['tags'] ?? match['listenerTags']),
    },
    value: given(change['value']),
    jsonPatches: objects(change['jsonPatches']) as unknown as readonly JsonPatchOperation[],
  };
}

function given(value: unknown): string | undefined {
  const text = textOf(value);
  return text === '' ? undefined : text;
}
