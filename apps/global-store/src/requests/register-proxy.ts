import type { RegisterProxy } from '@weft/bus';
import { outOfRotation } from '@weft/hds-core';
import { MeshError, type PlainMeshError } from '@weft/kernel';
import type { DataplaneSpec, Resource, ResourceType, TypeRegistry } from '@weft/resource-model';
import type { ResourceStore } from '@weft/store';
import type { ResourceWriter, WriteIntent } from '../admission/resource-writer.ts';
import { parseDocument } from '../api/parse-document.ts';
import { parseJson } from '../http/parse-json.ts';

/** Type of the resource that a proxy of a kind registers. */
const TYPE_OF: Readonly<Record<string, string>> = { '': 'Dataplane', dataplane: 'Dataplane', ingress: 'ZoneIngress', egress: 'ZoneEgress' };

/**
 * Creates or replaces the resource that a proxy brings along, with full admission; a proxy that registers again as it
 * is changes nothing. Throws what admission throws.
 */
export async function registerProxy(
  { registry, store, writer }: { readonly registry: TypeRegistry; readonly store: ResourceStore; readonly writer: ResourceWriter },
  { document, proxyType, fresh = false }: RegisterProxy,
): Promise<{ readonly resource: Resource } | { readonly error: PlainMeshError }> {
  const name = TYPE_OF[proxyType];
  const type = name === undefined ? undefined : registry.byName(name);
  if (type === undefined) throw new MeshError('resource/unknown-type', `there is no proxy type "${proxyType}"`);
  const intent = intentOf(Buffer.from(document), type);
  const previous = await store.get({ type: type.name, mesh: intent.mesh, name: intent.name });
  const { resource } = await writer.put({ ...intent, spec: withHealth(intent.spec, { previous, fresh }) }, { skipUnchanged: true });
  return { resource };
}

function intentOf(body: Buffer, type: ResourceType): WriteIntent {
  const meta = parseJson(body, `${type.name} object`) as { readonly mesh?: unknown; readonly name?: unknown } | null;
  const mesh = type.scope === 'Mesh' && typeof meta?.mesh === 'string' ? meta.mesh : '';
  return parseDocument(body, { type, mesh, name: typeof meta?.name === 'string' ? meta.name : '' });
}

interface Inbound {
  readonly port?: number;
  readonly address?: string;
  readonly health?: unknown;
  readonly state?: unknown;
}

interface ProxySpec {
  readonly networking?: { readonly inbound?: readonly Inbound[] };
}

function withHealth(spec: unknown, { previous, fresh }: { readonly previous: Resource | undefined; readonly fresh: boolean }): unknown {
  const given = (spec as ProxySpec).networking?.inbound;
  // Not validated yet: what is no list is admission's to refuse.
  if (!isListOfObjects(given)) return spec;
  return fresh ? outOfRotation(spec as DataplaneSpec, previous?.spec as DataplaneSpec | undefined) : withStoredHealth(spec as ProxySpec, given, previous);
}

// Health is what probes found out since; a proxy that connects again must not look healthy because of that alone.
function withStoredHealth(spec: ProxySpec, given: readonly Inbound[], previous: Resource | undefined): unknown {
  const { networking } = spec;
  const known = (previous?.spec as ProxySpec | undefined)?.networking?.inbound ?? [];
  if (known.length === 0) return spec;
  const inbound = given.map((one) => {
    const { health, state } = known.find(({ port, address }) => port === one.port && address === one.address) ?? {};
    return { ...(health !== undefined && { health }), ...(state !== undefined && { state }), ...one };
  });
  return { ...spec, networking: { ...networking, inbound } };
}

function isListOfObjects(value: unknown): value is readonly Inbound[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
}
