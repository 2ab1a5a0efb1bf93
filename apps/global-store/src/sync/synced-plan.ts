import type { SyncApply, SyncPeer } from '@weft/bus';
import { decodeResource, fromGlobal, fromZone, isLocal, parseWireName, wireName } from '@weft/kds-core';
import { equalData, err, ok, type Clock, type Result } from '@weft/kernel';
import type { SecretBox } from '@weft/key-store';
import { extractSensitive, hasSensitiveFields, keyOf, resourceId, type Resource, type ResourceType, type TypeRegistry } from '@weft/resource-model';
import type { ResourceStore, SecretWrite, Write } from '@weft/store';
import { MAX_RESOURCE_BYTES } from '../admission/admit.ts';
import { encodeClear, isSecretType } from '../admission/secret-content.ts';
import { tokenObjectDeletes, tokenObjectWrites } from '../admission/token-objects.ts';
import { isOf, peerInWords, storedKey } from './peer-resources.ts';

/** What planning reads. */
export interface SyncedPlanPorts {
  readonly store: ResourceStore;
  readonly registry: TypeRegistry;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
}

/** What keeping a peer's resources comes to. */
export interface SyncedPlan {
  readonly writes: readonly Write[];
  readonly secrets: readonly SecretWrite[];
  /** What will be stored, by wire name, with its version. */
  readonly kept: readonly { readonly name: string; readonly version: string; readonly stored: Resource }[];
  readonly rejected: readonly { readonly name: string; readonly reason: string }[];
}

type Item = SyncApply['items'][number];
type Part = Pick<SyncedPlan, 'writes' | 'secrets'>;
type Kept = Part & { readonly stored: Resource };

const NOTHING: Part = { writes: [], secrets: [] };

/** Plans the writes for what a peer sent: each resource by itself, what is refused left out, what is held already spared. */
export async function planSynced(ports: SyncedPlanPorts, type: ResourceType, { from, items, removed }: SyncApply): Promise<SyncedPlan> {
  const newest = [...new Map(items.map((item) => [item.name, item])).values()];
  const outcomes = await Promise.all(newest.map(async (item) => ({ item, outcome: await planItem(ports, type, { from, item }) })));
  const gone = removed.filter((name) => !newest.some((item) => item.name === name));
  const removals = await Promise.all(gone.map((name) => planRemoval(ports, type, { from, name })));
  const parts = [...outcomes.flatMap(({ outcome }) => (outcome.ok ? [outcome.value] : [])), ...removals];
  return {
    writes: parts.flatMap(({ writes }) => writes),
    secrets: parts.flatMap(({ secrets }) => secrets),
    kept: outcomes.flatMap(({ item: { name, version }, outcome }) => (outcome.ok ? [{ name, version, stored: outcome.value.stored }] : [])),
    rejected: outcomes.flatMap(({ item: { name }, outcome }) => (outcome.ok ? [] : [{ name, reason: outcome.error }])),
  };
}

async function planItem(ports: SyncedPlanPorts, type: ResourceType, { from, item }: { readonly from: SyncPeer; readonly item: Item }): Promise<Result<Kept, string>> {
  const body = Buffer.from(item.body, 'base64');
  if (body.length > MAX_RESOURCE_BYTES) return err(`${type.name} ${item.name} has ${body.length} bytes; a resource may have ${MAX_RESOURCE_BYTES}`);
  const decoded = decodeResource(type, body);
  if (!decoded.ok) return decoded;
  if (wireName(decoded.value) !== item.name) return err(`${type.name} ${wireName(decoded.value)} was sent as ${item.name}`);
  const previous = await ports.store.get(storedKey(from, keyOf(decoded.value)));
  const read = from.side === 'zone' ? readFromZone(type, decoded.value, { from, previous }) : fromGlobal(type, decoded.value, previous);
  return read.ok ? ok(await planPut(ports, type, { resource: read.value, previous })) : read;
}

function readFromZone(type: ResourceType, resource: Resource, { from, previous }: { readonly from: SyncPeer & { readonly side: 'zone' }; readonly previous: Resource | undefined }): Result<Resource, string> {
  if (previous !== undefined && !isOf(from, previous)) return err(`user error: ${type.name} ${previous.name} of ${peerInWords(from)} has the name of a resource that is not its own; rename one of them`);
  return fromZone(type, resource, from);
}

async function planPut({ store, secretBox, clock }: SyncedPlanPorts, type: ResourceType, { resource, previous }: { readonly resource: Resource; readonly previous: Resource | undefined }): Promise<Kept> {
  const key = keyOf(resource);
  const { spec, values } = extractSensitive(type.schema, resource.spec);
  const clear = encodeClear(type.name, values);
  const status = clear !== undefined && isSecretType(type.name) ? { digest: secretBox.digest(clear, resourceId(key)) } : resource.status;
  const sealed = previous !== undefined && hasSensitiveFields(type.schema) && !isSecretType(type.name) ? await store.readSecret(key) : undefined;
  const isSameSecret = isSecretType(type.name) || equalBytes(clear, sealed && secretBox.open(sealed, resourceId(key)));
  if (previous !== undefined && isSameSecret && equalData([previous.labels, previous.spec, previous.status], [resource.labels, spec, status])) return { ...NOTHING, stored: previous };
  const now = new Date(clock.now()).toISOString();
  const { version: _, ...stored } = { ...resource, spec, status, creationTime: previous?.creationTime ?? now, modificationTime: now };
  const { status: known, ...rest } = stored;
  const put: Write = { op: 'put', resource: { ...rest, ...(known !== undefined && { status: known }) }, expect: previous === undefined ? 'absent' : { version: previous.version } };
  const secrets: SecretWrite[] = clear === undefined ? (sealed === undefined ? [] : [{ key, data: null }]) : [{ key, data: secretBox.seal(clear, resourceId(key)) }];
  return { writes: [put, ...(clear === undefined ? [] : tokenObjectWrites(key, clear, now))], secrets, stored: { ...put.resource, version: 0 } };
}

async function planRemoval(ports: SyncedPlanPorts, type: ResourceType, { from, name }: { readonly from: SyncPeer; readonly name: string }): Promise<Part> {
  const stored = await ports.store.get(storedKey(from, { type: type.name, ...parseWireName(name) }));
  if (stored === undefined || !isOf(from, stored)) return NOTHING;
  const inMesh = type.name === 'Mesh' ? await ownOfMesh(ports, stored.name) : [];
  return { writes: [...inMesh, stored].flatMap(deletes), secrets: [...inMesh, stored].map((one) => ({ key: keyOf(one), data: null })) };
}

/** A mesh takes with it what this zone made in it. What came from the global control plane goes when that says so: else it would not come again with a mesh that is made anew. */
async function ownOfMesh({ store, registry }: SyncedPlanPorts, mesh: string): Promise<readonly Resource[]> {
  const lists = await Promise.all(registry.all.filter(({ scope }) => scope === 'Mesh').map(({ name }) => store.list(name, mesh)));
  return lists.flat().filter(isLocal);
}

function deletes(resource: Resource): readonly Write[] {
  const key = keyOf(resource);
  return [{ op: 'delete', key, expect: { version: resource.version } }, ...tokenObjectDeletes(key)];
}

function equalBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.compare(a, b) === 0;
}
