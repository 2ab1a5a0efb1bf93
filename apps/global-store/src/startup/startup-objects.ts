import { randomUUID } from 'node:crypto';
import { MeshError, type Clock } from '@weft/kernel';
import type { ResourceType, TypeRegistry } from '@weft/resource-model';
import type { Logger } from '@weft/service-runtime';
import type { Fence, ResourceStore } from '@weft/store';
import { DEFAULT_VALIDITY_MS, generateSigningKey, issueToken, parseSigningKey, signingKeySecret } from '@weft/tokens';
import { ADMIN_GROUP } from '../access/caller.ts';
import type { Site } from '../admission/draft.ts';
import type { ResourceWriter, WriteIntent } from '../admission/resource-writer.ts';
import { defaultHostnameGenerators } from './default-hostname-generators.ts';
import { withLease } from './with-lease.ts';

/** What the making of start-up objects needs. */
export interface StartupPorts {
  readonly store: ResourceStore;
  readonly writer: ResourceWriter;
  readonly registry: TypeRegistry;
  readonly clock: Clock;
  readonly log: Logger;
  readonly site: Site;
  readonly instance: string;
  readonly skipMeshCreation: boolean;
  readonly bootstrapAdminToken: boolean;
}

/**
 * Makes what every control plane starts with, where it is not there yet: its id, the first signing keys, the
 * administrator's token, its Zone, and the mesh `default`. Under a lease, so that replicas that start together make
 * each object once. Names as in Kuma 2.14.
 */
export async function makeStartupObjects(ports: StartupPorts): Promise<void> {
  await withLease(ports, { lease: 'startup', ttlMs: 15_000 }, async (fence) => {
    const { mode, federated } = ports.site;
    // The keys are made beside each other: each takes a core some hundred milliseconds.
    await Promise.all([
      ensure(ports, fence, { type: 'Config', name: 'kuma-cluster-id', spec: async () => ({ config: randomUUID() }) }),
      makeUserKeyAndAdminToken(ports, fence),
      federated ? undefined : ensure(ports, fence, { type: 'GlobalSecret', name: signingKeySecret({ purpose: 'zone', kid: '1' }).name, spec: newKeySpec }),
      mode === 'zone' ? ensure(ports, fence, { type: 'Zone', name: ports.site.zone, spec: async () => ({}) }) : undefined,
      ports.skipMeshCreation || federated ? undefined : ensure(ports, fence, { type: 'Mesh', name: 'default', spec: async () => ({}) }),
      ...(federated ? [] : defaultHostnameGenerators(mode).map(({ name, labels, spec }) => ensure(ports, fence, { type: 'HostnameGenerator', name, labels, spec: async () => spec }))),
    ]);
  });
}

interface StartupObject {
  readonly type: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Asked for only where the object is missing. */
  readonly spec: () => Promise<unknown>;
}

async function makeUserKeyAndAdminToken(ports: StartupPorts, fence: Fence): Promise<void> {
  const id = { purpose: 'user', kid: '1' } as const;
  let made: string | undefined;
  await ensure(ports, fence, {
    type: 'GlobalSecret',
    name: signingKeySecret(id).name,
    spec: async () => secretSpec((made = await generateSigningKey())),
  });
  // Without the key at hand the token was made at an earlier start, and may have been deleted on purpose.
  const key = made === undefined ? undefined : parseSigningKey(Buffer.from(made));
  if (!ports.bootstrapAdminToken || key?.ok !== true) return;
  const claims = { Name: 'mesh-system:admin', Groups: [ADMIN_GROUP] };
  const token = await issueToken('user', claims, { key: key.value, kid: id.kid, nowMs: ports.clock.now(), validForMs: DEFAULT_VALIDITY_MS });
  await ensure(ports, fence, { type: 'GlobalSecret', name: 'admin-user-token', spec: async () => secretSpec(token) });
}

async function ensure(ports: StartupPorts, fence: Fence, object: StartupObject): Promise<void> {
  const type = ports.registry.byName(object.type);
  if (type === undefined || (await ports.store.get({ type: object.type, mesh: '', name: object.name })) !== undefined) return;
  try {
    await ports.writer.put({ ...intentOf(type, object.name, await object.spec()), labels: object.labels ?? {} }, { fence });
    ports.log.info({ type: object.type, name: object.name }, 'made a start-up object');
  } catch (caught) {
    // A user may have been first.
    const error = MeshError.from(caught);
    if (error.code !== 'store/conflict') throw error;
  }
}

function intentOf(type: ResourceType, name: string, spec: unknown): WriteIntent {
  return { type, mesh: '', name, labels: {}, spec, expect: 'absent', bare: true };
}

async function newKeySpec(): Promise<unknown> {
  return secretSpec(await generateSigningKey());
}

function secretSpec(content: string): unknown {
  return { data: Buffer.from(content).toString('base64') };
}
