import { equalData, MeshError, type Clock } from '@weft/kernel';
import type { SecretBox } from '@weft/key-store';
import { hasSensitiveFields, keyOf, resourceId, type Change, type Resource, type ResourceKey, type ResourceType, type Revision, type TypeRegistry } from '@weft/resource-model';
import type { Batch, Expectation, Fence, ResourceStore, SecretWrite, Write } from '@weft/store';
import { titled } from '../http/problem.ts';
import { admit, storeTitle } from './admit.ts';
import { providedCaSecrets } from './ca-steps.ts';
import { newDraft, withResource, type Draft, type Facts, type Site } from './draft.ts';
import { meshDeletion, newMeshDrafts, type SigningKeySource } from './mesh-lifecycle.ts';
import { isSecretType, keepUnseen } from './secret-content.ts';
import { secretInUse, secretOfIdentity } from './secret-use.ts';
import { tokenObjectDeletes, tokenObjectWrites } from './token-objects.ts';
import { zoneDeletion } from '../zones/zone-deletion.ts';

/** What somebody wants to be stored. */
export interface WriteIntent {
  readonly type: ResourceType;
  readonly mesh: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: unknown;
  /** Absent: the stored status stays. */
  readonly status?: unknown;
  /** Absent: whatever is there is replaced, and lost races are run again. */
  readonly expect?: Expectation;
  /** What the control plane makes for itself carries no computed labels. */
  readonly bare?: boolean;
}

/** A write of a batch that is committed as a whole. */
export type BatchedIntent =
  | { readonly op: 'put'; readonly intent: WriteIntent }
  | { readonly op: 'delete'; readonly key: ResourceKey; readonly expect?: Expectation };

/** What came of a put. */
export interface Put {
  readonly resource: Resource;
  readonly created: boolean;
  readonly warnings: readonly string[];
  /** Of its batch's last write; absent where nothing had to be written. */
  readonly revision?: Revision;
}

/** What the writer needs. */
export interface WriterPorts {
  readonly store: ResourceStore;
  readonly registry: TypeRegistry;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly site: Site;
  readonly newSigningKey: SigningKeySource;
}

/** How a write is made. */
export interface WriteOptions {
  readonly fence?: Fence;
  /** Spares writes that would change nothing. */
  readonly skipUnchanged?: boolean;
}

interface PlannedPut {
  readonly created: boolean;
  readonly warnings: readonly string[];
  /** Position of its write in the batch, or what is stored where nothing would change. */
  readonly write?: number;
  readonly resource?: Resource;
}

interface Plan {
  readonly writes: Write[];
  readonly secrets: SecretWrite[];
  readonly puts: PlannedPut[];
}

const NO_SECRETS: ReadonlyMap<string, string> = new Map();

function newPlan(): Plan {
  return { writes: [], secrets: [], puts: [] };
}

/** A refused write that nobody else raced: more attempts would end the same. */
const MAX_ATTEMPTS = 10;

/** The one way into the store: gathers the facts, has every write admitted, and commits what follows from it as one batch. */
export class ResourceWriter {
  readonly #ports: WriterPorts;

  constructor(ports: WriterPorts) {
    this.#ports = ports;
  }

  /**
   * Creates or replaces one resource.
   * Throws `resource/invalid`, `request/too-large`, `store/conflict`, `store/fenced`, `store/unavailable`.
   */
  async put(intent: WriteIntent, options: WriteOptions = {}): Promise<Put> {
    const plan = await this.#committed([{ op: 'put', intent }], options);
    const put = plan.puts[0];
    if (put === undefined) throw new MeshError('internal/bug', 'a put came to nothing');
    return put;
  }

  /**
   * Commits several writes as one; gives what each put came to, in their order. Deleting what is not there is no
   * error. Errors as {@link ResourceWriter.put}.
   */
  async apply(intents: readonly BatchedIntent[], options: WriteOptions = {}): Promise<readonly Put[]> {
    return (await this.#committed(intents, options)).puts;
  }

  /** Deletes one resource with all that hangs on it. Throws `store/not-found`, `store/conflict`, `resource/invalid` where something needs it. */
  async delete(key: ResourceKey, options: { readonly expect?: Expectation; readonly fence?: Fence } = {}): Promise<Revision> {
    const previous = await this.#ports.store.get(key);
    if (previous === undefined) throw new MeshError('store/not-found', `${key.type} "${key.name}" does not exist`);
    const { revision } = await this.#ports.store.commit({ ...(await this.#planDelete(previous, options.expect ?? { version: previous.version })), ...(options.fence && { fence: options.fence }) });
    return revision;
  }

  /** What the writes would come to, one after the other; nothing is stored. Errors as {@link ResourceWriter.put}, but none of the store's. */
  async preview(intents: readonly BatchedIntent[]): Promise<{ readonly changes: readonly Change[]; readonly warnings: readonly string[] }> {
    const plan = await this.#planned(intents, {});
    const changes = plan.writes.map((write): Change => (write.op === 'delete' ? { op: 'delete', key: write.key } : { op: 'put', resource: { ...write.resource, version: versionAfter(write.expect) } }));
    return { changes, warnings: plan.puts.flatMap(({ warnings }) => warnings) };
  }

  // A race that nobody asked to hear of is run again from fresh facts.
  async #committed(intents: readonly BatchedIntent[], options: WriteOptions): Promise<{ readonly puts: readonly Put[] }> {
    const mayRetry = intents.every((one) => (one.op === 'put' ? one.intent.expect : one.expect) === undefined);
    for (let attempt = 1; ; attempt++) {
      const plan = await this.#planned(intents, options);
      try {
        return { puts: await this.#commit(plan, options.fence) };
      } catch (caught) {
        const error = MeshError.from(caught);
        if (error.code !== 'store/conflict' || !mayRetry || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  async #planned(intents: readonly BatchedIntent[], options: WriteOptions): Promise<Plan> {
    const plan = newPlan();
    for (const one of intents) await (one.op === 'put' ? this.#planPut(plan, one.intent, options) : this.#planBatchedDelete(plan, one));
    return plan;
  }

  async #planPut(plan: Plan, intent: WriteIntent, options: WriteOptions): Promise<void> {
    const { type, mesh, name } = intent;
    const known = await this.#gather({ type: type.name, mesh, name }, type, plan);
    const { previous, nowMs } = known;
    const spec = await this.#withUnseen(intent, previous);
    const facts = { ...known, caSecrets: await this.#caSecrets(type, name, spec), ...(intent.bare === true && { bare: true }) };
    const admitted = admit(newDraft({ ...intent, spec }), facts);
    if (!admitted.ok) throw admitted.error;
    const draft = intent.bare === true ? withResource(admitted.value, { labels: intent.labels }) : admitted.value;
    const status = this.#statusOf(draft, intent.status ?? previous?.status);
    const put = { created: previous === undefined, warnings: draft.warnings };
    if (options.skipUnchanged === true && previous !== undefined && (draft.clearSecret === undefined || isSecretType(type.name)) && isSame(previous, draft, status)) {
      plan.puts.push({ ...put, resource: previous });
      return;
    }
    plan.puts.push({ ...put, write: plan.writes.length });
    this.#addWrite(plan, draft, { previous, status, ...(intent.expect !== undefined && { expect: intent.expect }), nowMs });
    if (type.name === 'Mesh' && previous === undefined) await this.#addNewMesh(plan, draft, facts);
  }

  async #withUnseen({ type, spec }: WriteIntent, previous: Resource | undefined): Promise<unknown> {
    if (previous === undefined || isSecretType(type.name) || !hasSensitiveFields(type.schema)) return spec;
    const sealed = await this.#ports.store.readSecret(keyOf(previous));
    return sealed === undefined ? spec : keepUnseen(type, spec, this.#ports.secretBox.open(sealed, resourceId(previous)));
  }

  async #planBatchedDelete(plan: Plan, { key, expect }: BatchedIntent & { readonly op: 'delete' }): Promise<void> {
    const previous = await this.#ports.store.get(key);
    if (previous === undefined) return;
    const batch = await this.#planDelete(previous, expect ?? { version: previous.version });
    plan.writes.push(...batch.writes);
    plan.secrets.push(...(batch.secrets ?? []));
  }

  #addWrite(plan: Plan, draft: Draft, context: { readonly previous: Resource | undefined; readonly status: unknown; readonly expect?: Expectation; readonly nowMs: number }): void {
    const { previous, status, nowMs } = context;
    const now = new Date(nowMs).toISOString();
    const key = keyOf(draft.resource);
    const expect = context.expect ?? (previous === undefined ? 'absent' : { version: previous.version });
    const clear = draft.clearSecret;
    plan.writes.push({
      op: 'put',
      resource: {
        ...key,
        labels: draft.resource.labels,
        creationTime: previous?.creationTime ?? now,
        modificationTime: now,
        spec: draft.resource.spec,
        ...(status !== undefined && { status }),
      },
      expect,
    });
    if (clear === undefined) {
      // What was sensitive before may be gone now.
      if (previous !== undefined && hasSensitiveFields(draft.type.schema)) plan.secrets.push({ key, data: null });
      return;
    }
    plan.secrets.push({ key, data: this.#ports.secretBox.seal(clear, resourceId(key)) });
    plan.writes.push(...tokenObjectWrites(key, clear, now));
  }

  // A secret's resource shows a keyed digest of its content, which is what the feed tells of it.
  #statusOf({ type, resource, clearSecret }: Draft, given: unknown): unknown {
    if (clearSecret === undefined || !isSecretType(type.name)) return given;
    return { digest: this.#ports.secretBox.digest(clearSecret, resourceId(resource)) };
  }

  async #addNewMesh(plan: Plan, mesh: Draft, facts: Facts): Promise<void> {
    // The mesh does not exist yet while what it starts with is admitted.
    const inMesh: Facts = { ...facts, mesh: mesh.resource };
    for (const draft of await newMeshDrafts(mesh, this.#ports)) {
      const admitted = admit(draft, inMesh);
      if (!admitted.ok) throw admitted.error;
      // Objects that the control plane makes for itself carry no computed labels.
      const labels = isSecretType(draft.type.name) ? {} : admitted.value.resource.labels;
      const owned = withResource(admitted.value, { labels });
      this.#addWrite(plan, owned, { previous: undefined, status: this.#statusOf(owned, undefined), expect: 'any', nowMs: facts.nowMs });
    }
  }

  async #planDelete(previous: Resource, expect: Expectation): Promise<Batch> {
    const { store, registry, site } = this.#ports;
    const key = keyOf(previous);
    if (key.type === 'Mesh') return meshDeletion(previous, { store, registry, site, expect });
    if (key.type === 'Zone' && site.mode === 'global') return zoneDeletion(previous, { store, registry, expect });
    if (!isSecretType(key.type)) return { writes: [{ op: 'delete', key, expect }], secrets: [{ key, data: null }] };
    const mesh = key.mesh === '' ? undefined : await store.get({ type: 'Mesh', mesh: '', name: key.mesh });
    const user = mesh && (secretInUse(key.name, mesh) ?? secretOfIdentity(key.name, await store.list('MeshIdentity', key.mesh)));
    if (user !== undefined) throw new MeshError('resource/invalid', 'Resource is not valid', { violations: [{ path: 'name', message: user }] });
    return { writes: [{ op: 'delete', key, expect }, ...tokenObjectDeletes(key)], secrets: [{ key, data: null }] };
  }

  /** Nothing where the spec cannot be read: a later step says so. */
  async #caSecrets(type: ResourceType, mesh: string, spec: unknown): Promise<ReadonlyMap<string, string>> {
    if (type.name !== 'Mesh' || typeof spec !== 'object' || spec === null) return NO_SECRETS;
    const { store, secretBox } = this.#ports;
    const texts = await Promise.all(providedCaSecrets(spec).map(async (name) => {
      const key: ResourceKey = { type: 'Secret', mesh, name };
      const sealed = await store.readSecret(key);
      return sealed === undefined ? [] : [[name, Buffer.from(secretBox.open(sealed, resourceId(key))).toString('utf8')] as const];
    }));
    return new Map(texts.flat());
  }

  /** A mesh that the same batch makes or changes counts as it will be. */
  async #gather(key: ResourceKey, type: ResourceType, { writes }: Plan): Promise<Omit<Facts, 'caSecrets'>> {
    const { store, site, clock } = this.#ports;
    const [previous, mesh] = await Promise.all([store.get(key), type.scope === 'Mesh' ? store.get({ type: 'Mesh', mesh: '', name: key.mesh }) : undefined]);
    const planned = writes.flatMap((write) => (write.op === 'put' && write.resource.type === 'Mesh' && write.resource.name === key.mesh ? [{ ...write.resource, version: 0 }] : [])).at(-1);
    return { previous, mesh: type.scope === 'Mesh' ? planned ?? mesh : undefined, site, nowMs: clock.now() };
  }

  async #commit(plan: Plan, fence: Fence | undefined): Promise<readonly Put[]> {
    const created = plan.puts.some((put) => put.created);
    const title = storeTitle({ previous: created ? undefined : plan.puts[0]?.resource });
    const committed = plan.writes.length === 0 ? undefined : await titled(title, () => this.#ports.store.commit({ writes: plan.writes, secrets: plan.secrets, ...(fence && { fence }) }));
    const records = committed?.records ?? [];
    return plan.puts.map(({ resource, write, ...put }) => {
      const change = write === undefined ? undefined : records[write]?.change;
      const stored = change?.op === 'put' ? change.resource : resource;
      if (stored === undefined) throw new MeshError('internal/bug', 'the store answered a put without its record');
      return { ...put, resource: stored, ...(committed !== undefined && { revision: committed.revision }) };
    });
  }
}

function versionAfter(expect: Expectation): number {
  return typeof expect === 'object' ? expect.version + 1 : 1;
}

function isSame(previous: Resource, draft: Draft, status: unknown): boolean {
  return equalData(previous.labels, draft.resource.labels) && equalData(previous.spec, draft.resource.spec) && equalData(previous.status, status);
}
