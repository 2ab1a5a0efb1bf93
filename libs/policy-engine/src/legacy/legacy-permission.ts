import type { PolicySubject } from '../select-proxy.ts';
import type { LegacyPolicy } from './legacy-policy.ts';
import { bestPolicy, ownTags } from './translate.ts';
import { bestPrecision } from './legacy-rank.ts';

/**
 * Whether a proxy may call something with these tags that nobody guards: the TrafficPermission counts that is about it most precisely,
 * and without one it may not. Other policies among these are passed over. Source: Kuma 2.14.
 */
export function legacyPermits(policies: readonly LegacyPolicy[], caller: PolicySubject, tags: Readonly<Record<string, string>>): boolean {
  const permissions = policies.filter(({ key }) => key.type === 'TrafficPermission');
  const chosen = bestPolicy(permissions, ({ destinations }) => bestPrecision(destinations, [tags]));
  return chosen !== undefined && bestPrecision(chosen.sources, ownTags(caller)) !== undefined;
}
