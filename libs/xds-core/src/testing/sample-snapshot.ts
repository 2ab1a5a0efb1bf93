import { XDS_TYPES, type ProxySnapshot, type SharedResource, type XdsType } from '../shared-resource.ts';

const interned = new Map<string, SharedResource>();

/** Names and versions by type, e.g. `{ cds: { backend: '1' } }`. */
export type SampleVersions = Partial<Record<XdsType, Readonly<Record<string, string>>>>;

/** A resource whose body is the text `name@version`; equal arguments give the same object. */
export function sampleResource(type: XdsType, name: string, version: string): SharedResource {
  const key = `${type}/${name}@${version}`;
  const known = interned.get(key);
  if (known !== undefined) return known;
  const made = { type, name, version, body: new TextEncoder().encode(`${name}@${version}`) };
  interned.set(key, made);
  return made;
}

/** A snapshot of {@link sampleResource}s. */
export function sampleSnapshot(versions: SampleVersions): ProxySnapshot {
  const of = (type: XdsType): [XdsType, ReadonlyMap<string, SharedResource>] =>
    [type, new Map(Object.entries(versions[type] ?? {}).map(([name, version]) => [name, sampleResource(type, name, version)]))];
  return Object.fromEntries(XDS_TYPES.map(of)) as unknown as ProxySnapshot;
}
