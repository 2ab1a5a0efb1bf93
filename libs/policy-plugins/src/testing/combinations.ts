import type { EnvoyResource } from '@weft/envoy-builders';
import { buildInput, readCase, type CaseInput } from './golden-case.ts';

/** What is put together in every way: routes and the policies that act on the same requests. */
const PARTS = { route: 'MeshHTTPRoute', timeout: 'MeshTimeout', retry: 'MeshRetry', permission: 'MeshTrafficPermission', fault: 'MeshFaultInjection' } as const;

type Part = keyof typeof PARTS;

/** The 32 combinations, from none of them to all; a name is the parts with `+` between. */
export const COMBINATIONS: readonly string[] = (Object.keys(PARTS) as Part[]).reduce<readonly (readonly Part[])[]>((sets, part) => [...sets, ...sets.map((set) => [...set, part])], [[]])
  .map((set) => (set.length === 0 ? 'none' : set.join('+')));

const BASE = 'policies-together';

/** Builds the case with all policies without those that are not in the combination. */
export function buildCombination(name: string): EnvoyResource[] {
  const parts = name.split('+');
  const absent: readonly string[] = (Object.keys(PARTS) as Part[]).filter((part) => !parts.includes(part)).map((part) => PARTS[part]);
  return buildInput(name, without(readCase(BASE), absent));
}

function without(input: CaseInput, absent: readonly string[]): CaseInput {
  const rest = <T extends object>(byType: T): T => Object.fromEntries(Object.entries(byType).filter(([type]) => !absent.includes(type))) as T;
  const { inbounds = [], outbounds = [], destinations = [] } = input;
  return {
    ...input,
    inbounds: inbounds.map((inbound) => ({ ...inbound, rules: rest(inbound.rules) })),
    outbounds: outbounds.map((outbound) => ({
      ...outbound, conf: rest(outbound.conf),
      // Without the policy only the route is left that every service has.
      routes: outbound.routes.filter(({ origins }) => origins.length === 0 || !absent.includes(PARTS.route)).map((route) => ({ ...route, conf: rest(route.conf) })),
    })),
    destinations: destinations.map((destination) => ({ ...destination, conf: rest(destination.conf) })),
  };
}
