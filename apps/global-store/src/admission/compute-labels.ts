import type { Violation } from '@weft/kernel';
import type { Draft, Facts, Step } from './draft.ts';

/** Labels that a control plane sets once and nobody changes. */
const IMMUTABLE = ['kuma.io/display-name', 'kuma.io/origin', 'kuma.io/zone'];

/** The labels that follow from where and what a resource is, added to the writer's own. Source: Kuma 2.14. */
export const computeLabels: Step = {
  name: 'compute labels',
  stage: 'process',
  run: (draft, facts) => ({ ...draft, labels: sortKeys({ ...draft.labels, ...meshLabel(draft), ...originLabels(draft, facts), ...proxyLabels(draft) }) }),
};

/** Origin, zone and display name never change after creation. */
export const keepImmutableLabels: Step = {
  name: 'keep immutable labels',
  stage: 'store',
  run: (draft, { previous }) => {
    if (previous === undefined) return draft;
    const violations = IMMUTABLE.flatMap((key): Violation[] => {
      const [was, is] = [previous.labels[key], draft.labels[key]];
      if (was === is || was === undefined) return [];
      const message = is === undefined ? `is immutable, cannot be removed (was "${was}")` : `is immutable, cannot be changed from "${was}" to "${is}"`;
      return [{ path: `labels["${key}"]`, message }];
    });
    return violations.length > 0 ? violations : draft;
  },
};

function meshLabel({ type, mesh }: Draft): Record<string, string> {
  return type.scope === 'Mesh' ? { 'kuma.io/mesh': mesh } : {};
}

// A resource that says it comes from elsewhere (synced from the global) keeps what it says.
function originLabels({ type, labels }: Draft, { site }: Facts): Record<string, string> {
  const zoneMayProvide = type.origin === 'zone' || type.origin === 'both' || !site.federated;
  if (site.mode !== 'zone' || !zoneMayProvide || UNLABELLED.has(type.name) || type.internal === true) return {};
  if ((labels['kuma.io/origin'] ?? 'zone') !== 'zone') return {};
  return { 'kuma.io/origin': 'zone', 'kuma.io/zone': site.zone, 'kuma.io/env': site.environment };
}

// Objects that stand for the control planes themselves.
const UNLABELLED: ReadonlySet<string> = new Set(['Mesh', 'Zone']);

function proxyLabels({ type, spec }: Draft): Record<string, string> {
  if (type.name === 'ZoneIngress') return { 'kuma.io/proxy-type': 'zoneingress' };
  if (type.name === 'ZoneEgress') return { 'kuma.io/proxy-type': 'zoneegress' };
  if (type.name !== 'Dataplane') return {};
  const { gateway, listeners = [] } = (spec as { networking?: { gateway?: unknown; listeners?: { type?: string }[] } }).networking ?? {};
  return {
    'kuma.io/proxy-type': gateway === undefined ? 'sidecar' : 'gateway',
    ...(listeners.some(({ type: kind }) => kind === 'ZoneIngress') && { 'kuma.io/listener-zoneingress': 'enabled' }),
    ...(listeners.some(({ type: kind }) => kind === 'ZoneEgress') && { 'kuma.io/listener-zoneegress': 'enabled' }),
  };
}

function sortKeys(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(labels).sort().map((key) => [key, labels[key] ?? '']));
}
