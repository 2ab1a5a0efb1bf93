import { anything, list, object, oneOf, opt, stringMap, text, type Static } from '@weft/resource-model';
import { TargetRefSchema } from '../../target-ref/schema.ts';

const JsonPatchSchema = object({ op: oneOf(['add', 'remove', 'replace', 'move', 'copy', 'test']), path: text(), value: opt(anything()), from: opt(text()) });
const CHANGE = { operation: text(), value: opt(text({ description: 'An Envoy resource as YAML.' })), jsonPatches: opt(list(JsonPatchSchema)) };
const NAMED = { name: opt(text()), origin: opt(text()) };
const FilterSchema = object({ match: opt(object({ origin: opt(text()), name: opt(text()), listenerName: opt(text()), listenerTags: opt(stringMap()) })), ...CHANGE });

/** One change of Envoy's configuration. */
export const ModificationSchema = object({
  cluster: opt(object({ match: opt(object(NAMED)), ...CHANGE })),
  listener: opt(object({ match: opt(object({ ...NAMED, tags: opt(stringMap()) })), ...CHANGE })),
  networkFilter: opt(FilterSchema),
  httpFilter: opt(FilterSchema),
  virtualHost: opt(object({ match: opt(object({ ...NAMED, routeConfigurationName: opt(text()) })), ...CHANGE })),
});

/** Spec of MeshProxyPatch. Source: Kuma 2.14. */
export const MeshProxyPatchSchema = object({
  targetRef: opt(TargetRefSchema),
  default: object({ appendModifications: opt(list(ModificationSchema)) }),
});

/** Spec of MeshProxyPatch. */
export type MeshProxyPatchSpec = Static<typeof MeshProxyPatchSchema>;
/** One change of Envoy's configuration. */
export type Modification = Static<typeof ModificationSchema>;
