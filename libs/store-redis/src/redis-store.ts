import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { compareText, MeshError, type Clock } from '@weft/kernel';
import { keyOf, resourceId, type ChangeRecord, type Resource, type ResourceKey, type Revision } from '@weft/resource-model';
import {
  conflict, fenced, notFound, trimmed,
  type Batch, type Committed, type DurabilityReport, type LeaseGrant, type ResourceStore, type Write,
} from '@weft/store';
import { ACQUIRE_SCRIPT, BEGIN_SCRIPT, CHANGES_SCRIPT, COMMIT_SCRIPT, RELEASE_SCRIPT, SNAPSHOT_SCRIPT, TRIM_SCRIPT } from './commit-script.ts';
import { readDurability } from './redis-durability.ts';

/** Settings of {@link openRedisStore}. */
export interface RedisStoreOptions {
  /** E.g. `redis://127.0.0.1:6379/0`. */
  readonly url: string;
  readonly clock: Clock;
  /** Starts every key, so that several control planes may share a server. Default `weft`. */
  readonly prefix?: string;
}

/**
 * A store in Redis, shared by all processes that use the same URL and prefix. While Redis is away every call throws
 * `store/unavailable`; it reconnects by itself. A commit whose answer was lost may have happened: read before repeating.
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<ResourceStore> {
  const store = new RedisStore(options);
  try {
    await store.start();
    return store;
  } catch (caught) {
    await store.close();
    throw caught;
  }
}

/** Without an offline queue a call fails at once; with retries of its own, ioredis could run a commit twice. */
const CONNECTION = { enableOfflineQueue: false, maxRetriesPerRequest: 0, lazyConnect: true, autoResendUnfulfilledCommands: false, retryStrategy: (attempt: number) => Math.min(1_000, 50 * attempt) };

class RedisStore implements ResourceStore {
  readonly #redis: Redis;
  readonly #subscriber: Redis;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #listeners = new Set<() => void>();
  /** Settles once the epoch was checked on the present connection. */
  #begun: Promise<void> | undefined;

  constructor(options: RedisStoreOptions) {
    this.#clock = options.clock;
    // One hash tag: on a cluster all keys of a store live on one node, as scripts need.
    this.#prefix = `{${options.prefix ?? 'weft'}}`;
    this.#redis = new Redis(options.url, CONNECTION);
    this.#subscriber = new Redis(options.url, { ...CONNECTION, autoResubscribe: true });
    // Failures reach the callers as store/unavailable; unhandled error events would end the process.
    this.#redis.on('error', () => undefined);
    this.#subscriber.on('error', () => undefined);
    this.#redis.on('close', () => (this.#begun = undefined));
    this.#subscriber.on('message', () => this.#notify());
    // Commits of other processes may have been missed while the connection was away.
    this.#subscriber.on('ready', () => this.#notify());
  }

  async start(): Promise<void> {
    await this.#call(async () => {
      await Promise.all([this.#redis.connect(), this.#subscriber.connect()]);
      await this.#subscriber.subscribe(this.#key('commits'));
    });
    await this.#run(async () => undefined);
  }

  async get(key: ResourceKey): Promise<Resource | undefined> {
    const json = await this.#run(() => this.#redis.hget(this.#key('documents'), resourceId(key)));
    return json === null ? undefined : parse(json) as Resource;
  }

  async list(type: string, mesh?: string): Promise<readonly Resource[]> {
    const { resources } = await this.snapshot();
    return resources.filter((resource) => resource.type === type && (mesh === undefined || resource.mesh === mesh)).sort((a, b) => compareText(a.mesh, b.mesh) || compareText(a.name, b.name));
  }

  async commit(batch: Batch): Promise<Committed> {
    const keys = ['meta', 'documents', 'versions', 'secrets', 'changes', 'tokens', 'commits'].map((part) => this.#key(part));
    const secrets = (batch.secrets ?? []).flatMap(({ key, data }) => [resourceId(key), data === null ? 'del' : 'set', Buffer.from(data ?? [])]);
    const args = [JSON.stringify(batch.writes.map(planned)), batch.fence?.lease ?? '', batch.fence?.token ?? 0, ...secrets];
    const answer = parse(String(await this.#run(() => this.#redis.eval(COMMIT_SCRIPT, keys.length, ...keys, ...args)))) as CommitAnswer;
    if ('error' in answer) throw refusal(batch, answer);
    return committed(batch, answer);
  }

  async readSecret(key: ResourceKey): Promise<Uint8Array | undefined> {
    const data = await this.#run(() => this.#redis.hgetBuffer(this.#key('secrets'), resourceId(key)));
    return data === null ? undefined : Uint8Array.from(data);
  }

  async head(): Promise<Revision> {
    const [epoch, n] = await this.#run(() => this.#redis.hmget(this.#key('meta'), 'epoch', 'n'));
    return { epoch: epoch ?? '', n: Number(n ?? 0) };
  }

  async snapshot(): Promise<{ readonly revision: Revision; readonly resources: readonly Resource[] }> {
    const answer = await this.#run(() => this.#redis.eval(SNAPSHOT_SCRIPT, 2, this.#key('meta'), this.#key('documents')));
    const [epoch, n, documents] = answer as [string, string, string[]];
    return { revision: { epoch, n: Number(n) }, resources: documents.map((json) => parse(json) as Resource) };
  }

  async changesAfter(n: number, limit: number): Promise<readonly ChangeRecord[]> {
    const answer = await this.#run(() => this.#redis.eval(CHANGES_SCRIPT, 2, this.#key('meta'), this.#key('changes'), n, limit));
    const [trimmedTo, records] = answer as [string, string[]];
    if (n < Number(trimmedTo)) throw trimmed(n, Number(trimmedTo));
    return records.map((json) => parse(json) as ChangeRecord);
  }

  async trim(n: number): Promise<void> {
    await this.#run(() => this.#redis.eval(TRIM_SCRIPT, 2, this.#key('meta'), this.#key('changes'), n));
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async acquireLease(lease: string, holder: string, ttlMs: number): Promise<LeaseGrant | undefined> {
    const asked = this.#clock.now();
    const token = Number(await this.#run(() => this.#redis.eval(ACQUIRE_SCRIPT, 2, this.#key('tokens'), this.#key(`lease:${lease}`), lease, holder, ttlMs)));
    return token === 0 ? undefined : { token, expiresAt: asked + ttlMs };
  }

  async releaseLease(lease: string, holder: string): Promise<void> {
    await this.#run(() => this.#redis.eval(RELEASE_SCRIPT, 1, this.#key(`lease:${lease}`), holder));
  }

  durability(): Promise<DurabilityReport> {
    return this.#run(() => readDurability(this.#redis));
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#redis.disconnect();
    this.#subscriber.disconnect();
  }

  #key(part: string): string {
    return `${this.#prefix}:${part}`;
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Runs an action on a connection whose epoch was checked. */
  async #run<T>(action: () => Promise<T>): Promise<T> {
    return this.#call(async () => {
      this.#begun ??= this.#begin();
      try {
        await this.#begun;
      } catch (caught) {
        this.#begun = undefined;
        throw caught;
      }
      return action();
    });
  }

  async #begin(): Promise<void> {
    const runId = /run_id:(\w+)/.exec(await this.#redis.info('server'))?.[1] ?? '';
    const { survivesPowerLoss } = await readDurability(this.#redis);
    await this.#redis.eval(BEGIN_SCRIPT, 2, this.#key('meta'), this.#key('changes'), randomUUID(), runId, survivesPowerLoss ? '0' : '1');
  }

  async #call<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (caught) {
      const message = caught instanceof Error ? caught.message : String(caught);
      throw caught instanceof MeshError ? caught : new MeshError('store/unavailable', `Redis: ${message}`, { cause: caught });
    }
  }
}

type CommitAnswer = { readonly epoch: string; readonly n: number; readonly versions: readonly number[] } | { readonly error: 'fenced' | 'conflict' | 'not-found'; readonly index: number; readonly found: number };

/** A write as the script takes it; the document is cut where its version belongs. */
function planned(write: Write): object {
  const expect = typeof write.expect === 'object' ? write.expect.version : write.expect;
  if (write.op === 'delete') return { op: 'delete', id: resourceId(write.key), key: JSON.stringify(keyOf(write.key)), expect };
  const rest = JSON.stringify({ ...write.resource, version: undefined });
  return { op: 'put', id: resourceId(write.resource), expect, head: '{"version":', tail: `,${rest.slice(1)}` };
}

function refusal(batch: Batch, answer: Extract<CommitAnswer, { error: string }>): MeshError {
  const write = batch.writes[answer.index];
  if (answer.error === 'fenced' && batch.fence !== undefined) return fenced(batch.fence, answer.found);
  if (write === undefined) return new MeshError('internal/bug', `Redis: the commit script refused write ${answer.index}, which does not exist`);
  const key = write.op === 'put' ? write.resource : write.key;
  return answer.error === 'not-found' ? notFound(key) : conflict(key, write.expect, answer.found === 0 ? undefined : answer.found);
}

function committed(batch: Batch, answer: Extract<CommitAnswer, { epoch: string }>): Committed {
  const before = answer.n - batch.writes.length;
  const records = batch.writes.map((write, index): ChangeRecord => {
    const revision = { epoch: answer.epoch, n: before + index + 1 };
    if (write.op === 'delete') return { revision, change: { op: 'delete', key: keyOf(write.key) } };
    return { revision, change: { op: 'put', resource: { ...write.resource, version: answer.versions[index] ?? 0 } } };
  });
  return { revision: { epoch: answer.epoch, n: answer.n }, records };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new MeshError('store/corrupt', 'Redis: a stored value is not JSON; something else writes under the same prefix', { cause });
  }
}
