import { jsonPatch, type JsonPatchOperation } from '@weft/kernel';
import { TYPE_URLS, XDS_TYPES, type ProxySnapshot, type XdsType } from '@weft/xds-core';
import { dumpResource } from '../server/proxy-config-dump.ts';

/** What becomes of one Envoy resource. */
export interface EnvoyChange {
  /** Type URL. */
  readonly type: string;
  readonly name: string;
  readonly op: 'added' | 'changed' | 'removed';
  /** What makes the new resource of the old one; only where asked for. */
  readonly diff?: readonly JsonPatchOperation[];
}

/** The resources in which two snapshots differ, without secrets: sorted by type as Envoy takes them, then by name. */
export function snapshotChanges(before: ProxySnapshot | undefined, after: ProxySnapshot | undefined): readonly EnvoyChange[] {
  return XDS_TYPES.filter((type) => type !== 'sds').flatMap((type) => {
    const names = [...new Set([...(before?.[type].keys() ?? []), ...(after?.[type].keys() ?? [])])].sort();
    return names.flatMap((name): readonly EnvoyChange[] => {
      const [old, now] = [before?.[type].get(name), after?.[type].get(name)];
      if (old?.version === now?.version) return [];
      return [{ type: TYPE_URLS[type], name, op: old === undefined ? 'added' : now === undefined ? 'removed' : 'changed' }];
    });
  });
}

/** The change with its difference, where both resources are there. */
export function withDiff(change: EnvoyChange, before: ProxySnapshot | undefined, after: ProxySnapshot | undefined): EnvoyChange {
  const type = XDS_TYPES.find((one) => TYPE_URLS[one] === change.type);
  if (type === undefined || type === 'sds' || change.op !== 'changed') return change;
  return { ...change, diff: jsonPatch(bodyOf(before, type, change.name), bodyOf(after, type, change.name)) };
}

function bodyOf(snapshot: ProxySnapshot | undefined, type: Exclude<XdsType, 'sds'>, name: string): unknown {
  const body = snapshot?.[type].get(name)?.body;
  return body === undefined ? undefined : dumpResource(type, body);
}
