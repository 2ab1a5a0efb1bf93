import type { SyncApply } from '@weft/bus';
import { flowOf } from '@weft/kds-core';
import { MeshError } from '@weft/kernel';
import type { ResourceType } from '@weft/resource-model';
import type { SyncedInsights } from './synced-insights.ts';
import { planSynced, type SyncedPlan, type SyncedPlanPorts } from './synced-plan.ts';
import type { SyncedVersions } from './synced-versions.ts';

/** What serving another control plane's resources needs. */
export interface SyncPorts extends SyncedPlanPorts {
  readonly versions: SyncedVersions;
  readonly insights: SyncedInsights;
}

/** Attempts against writers of statuses, who may be first. */
const MAX_ATTEMPTS = 10;

/**
 * Keeps what a peer sent, in one batch. Durable when it resolves. Throws `resource/unknown-type`, `request/invalid` for a
 * type that does not travel this way, `store/fenced`, `store/unavailable`.
 */
export async function applySynced(ports: SyncPorts, request: SyncApply): Promise<{ readonly rejected: SyncedPlan['rejected'] }> {
  const type = demandType(ports, request);
  if (ports.insights.takes(type)) return ports.insights.apply(type, request);
  const { kept, rejected } = await commit(ports, type, request);
  await Promise.all([
    ...kept.map(({ name, version, stored }) => ports.versions.note(request.from, { name, stored }, version)),
    ...request.removed.map((name) => ports.versions.forget(request.from, type.name, name)),
  ]);
  return { rejected };
}

/** The type, if a peer of this kind may send it. */
export function demandType({ registry }: Pick<SyncPorts, 'registry'>, { type, from }: Pick<SyncApply, 'type' | 'from'>): ResourceType {
  const known = registry.byName(type);
  if (known === undefined) throw new MeshError('resource/unknown-type', `there is no resource type "${type}"`);
  const { toZones, toGlobal } = flowOf(known);
  if (!(from.side === 'zone' ? toGlobal : toZones)) throw new MeshError('request/invalid', `${type} does not come from ${from.side === 'zone' ? 'zones' : 'the global control plane'}`);
  return known;
}

async function commit(ports: SyncPorts, type: ResourceType, request: SyncApply): Promise<SyncedPlan> {
  for (let attempt = 1; ; attempt++) {
    const plan = await planSynced(ports, type, request);
    try {
      if (plan.writes.length > 0) await ports.store.commit({ writes: plan.writes, secrets: plan.secrets, ...(request.fence && { fence: request.fence }) });
      return plan;
    } catch (caught) {
      const error = MeshError.from(caught);
      if (error.code !== 'store/conflict' || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}
