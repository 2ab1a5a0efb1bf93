import { answer, REQUESTS, type AppWrite, type Bus, type RegisterProxy, type Subscription } from '@weft/bus';
import { MeshError } from '@weft/kernel';
import type { Resource, ResourceKey } from '@weft/resource-model';
import type { ResourceStore } from '@weft/store';
import type { BatchedIntent, ResourceWriter } from '../admission/resource-writer.ts';
import { callEnvoy } from '../api/envoy-admin.ts';
import { readSecret } from '../api/resource-reader.ts';
import { revealResource } from './reveal-resource.ts';
import { applySynced, type SyncPorts } from '../sync/apply-synced.ts';
import { heldSynced } from '../sync/held-synced.ts';
import type { ObservedProxyKey, ObservedState } from '../observed/observed-state.ts';
import { withReceipts } from '../receipts/carried-receipts.ts';
import { setProxyHealth } from './proxy-health.ts';
import { registerProxy } from './register-proxy.ts';

/** What the handlers of bus requests work with. */
export interface RequestPorts extends SyncPorts {
  readonly bus: Bus;
  readonly writer: ResourceWriter;
  readonly observed: ObservedState;
}

/** Serves what other apps ask of the store. Replicas share the work; errors travel back with their codes. */
export function serveRequests(ports: RequestPorts): Promise<readonly Subscription[]> {
  const { bus, store } = ports;
  return Promise.all([
    answer(bus, REQUESTS.storeWrite, (write) => storeWrite(ports, write)),
    answer(bus, REQUESTS.storeRead, async (key) => ({ resource: (await store.get(key)) ?? null })),
    answer(bus, REQUESTS.secretRead, async (key) => ({ data: encode(await readSecret(ports, key)) })),
    answer(bus, REQUESTS.storeReveal, async (key) => ({ resource: (await revealResource(ports, key)) ?? null })),
    answer(bus, REQUESTS.leaseAcquire, async ({ lease, holder, ttlMs }) => (await store.acquireLease(lease, holder, ttlMs)) ?? null),
    answer(bus, REQUESTS.leaseRelease, async ({ lease, holder }) => {
      await store.releaseLease(lease, holder);
      return null;
    }),
    answer(bus, REQUESTS.proxyRegister, (request: RegisterProxy) => registered(ports, request)),
    answer(bus, REQUESTS.proxyHealth, (request) => setProxyHealth(ports, request)),
    answer(bus, REQUESTS.proxyDeregister, (request) => deregister(ports, request)),
    answer(bus, REQUESTS.envoyShow, async ({ proxy, ...request }) => callEnvoy(ports, await demandResource(store, proxy), request)),
    answer(bus, REQUESTS.insightRead, async ({ proxies }) => ({ insights: proxies.map((proxy) => insightOf(ports, proxy)) })),
    answer(bus, REQUESTS.syncApply, (request) => applySynced(ports, request)),
    answer(bus, REQUESTS.syncHeld, (request) => heldSynced(ports, request)),
  ]);
}

function insightOf({ observed }: RequestPorts, { mesh, name, type }: ObservedProxyKey): Resource | null {
  const insight = observed.insight(mesh, name, type);
  return insight === undefined ? null : { ...insight, spec: withReceipts(insight.spec, observed.receipts({ mesh, name, ...(type && { type }) })) };
}

async function demandResource(store: ResourceStore, key: ResourceKey): Promise<Resource> {
  const found = await store.get(key);
  if (found === undefined) throw new MeshError('store/not-found', `${key.type} "${key.name}" does not exist in this zone`);
  return found;
}

async function storeWrite({ registry, writer }: RequestPorts, { writes, fence }: AppWrite): Promise<{ resources: readonly Awaited<ReturnType<ResourceWriter['put']>>['resource'][] }> {
  const intents = writes.map((write): BatchedIntent => {
    if (write.op === 'delete') return { op: 'delete', key: write.key, ...(write.expectVersion !== undefined && { expect: { version: write.expectVersion } }) };
    const type = registry.byName(write.type);
    if (type === undefined) throw new MeshError('resource/unknown-type', `there is no resource type "${write.type}"`);
    const { mesh, name, labels, spec, status, expectVersion, bare } = write;
    const expect = expectVersion === undefined ? {} : { expect: expectVersion === 'absent' ? ('absent' as const) : { version: expectVersion } };
    return { op: 'put', intent: { type, mesh, name, labels, spec, ...(status !== undefined && { status }), ...(bare !== undefined && { bare }), ...expect } };
  });
  const puts = await writer.apply(intents, { skipUnchanged: true, ...(fence && { fence }) });
  return { resources: puts.map(({ resource }) => resource) };
}

// A refusal is an answer here, not a failure: the proxy is told the reasons.
async function registered(ports: RequestPorts, request: RegisterProxy): ReturnType<typeof registerProxy> {
  try {
    return await registerProxy(ports, request);
  } catch (caught) {
    const error = MeshError.from(caught);
    if (error.code.startsWith('store/') || error.code.startsWith('bus/') || error.code === 'internal/bug') throw error;
    return { error: error.toJSON() };
  }
}

// Only the version that the asker registered: somebody else's newer registration stays.
async function deregister({ writer }: RequestPorts, { key, version }: { readonly key: ResourceKey; readonly version: number }): Promise<null> {
  try {
    await writer.delete(key, { expect: { version } });
  } catch (caught) {
    const error = MeshError.from(caught);
    if (error.code !== 'store/not-found' && error.code !== 'store/conflict') throw error;
  }
  return null;
}

function encode(data: Uint8Array | undefined): string | null {
  return data === undefined ? null : Buffer.from(data).toString('base64');
}
