import type { Violation } from '@weft/kernel';
import { withZoneTag, type DataplaneInbound, type DataplaneSpec, type MeshSpec, type Resource } from '@weft/resource-model';
import { withResource, type Facts, type Step } from './draft.ts';

type Tags = Readonly<Record<string, string>>;

/** In a zone, every inbound and the gateway carry the tag `kuma.io/zone`. */
export const addZoneTag: Step = {
  name: 'add zone tag',
  stage: 'process',
  run: (draft, { site }) => {
    if (draft.type.name !== 'Dataplane' || site.mode !== 'zone') return draft;
    return withResource(draft, { spec: withZoneTag(draft.resource.spec as DataplaneSpec, site.zone) });
  },
};

/** A new dataplane's probed inbounds take no traffic before their workload has answered; unless it says otherwise itself. Source: Kuma 2.14. */
export const holdBackProbed: Step = {
  name: 'hold back probed inbounds',
  stage: 'process',
  run: (draft, { previous }) => {
    if (draft.type.name !== 'Dataplane' || previous !== undefined) return draft;
    const spec = draft.resource.spec as DataplaneSpec;
    const inbounds = spec.networking?.inbound ?? [];
    if (!inbounds.some(isUntold)) return draft;
    const inbound = inbounds.map((one) => (isUntold(one) ? { ...one, state: 'NotReady' as const, health: { ready: false } } : one));
    return withResource(draft, { spec: { ...spec, networking: { ...spec.networking, inbound } } });
  },
};

function isUntold({ serviceProbe, state, health }: DataplaneInbound): boolean {
  return serviceProbe !== undefined && state === undefined && health === undefined;
}

/** Which dataplanes a mesh admits: each tag set must meet one requirement (where there are any) and no restriction. */
export const checkMembership: Step = {
  name: 'check membership',
  stage: 'store',
  run: (draft, facts) => {
    if (draft.type.name !== 'Dataplane') return draft;
    const violations = tagSets(draft.resource).flatMap(({ path, tags }) => membershipViolations(path, tags, facts));
    return violations.length > 0 ? violations : draft;
  },
};

function tagSets({ spec }: Resource): readonly { readonly path: string; readonly tags: Tags }[] {
  const { inbound = [], gateway } = (spec as DataplaneSpec).networking ?? {};
  const sets = inbound.map(({ tags = {} }, index) => ({ path: `networking.inbound[${index}].tags`, tags }));
  return gateway === undefined ? sets : [...sets, { path: 'networking.gateway.tags', tags: gateway.tags ?? {} }];
}

function membershipViolations(path: string, tags: Tags, { mesh }: Facts): readonly Violation[] {
  const { requirements = [], restrictions = [] } = (mesh?.spec as MeshSpec | undefined)?.constraints?.dataplaneProxy ?? {};
  const violations: Violation[] = [];
  if (requirements.length > 0 && !requirements.some((rule) => meets(tags, rule.tags))) {
    violations.push({ path, message: 'must meet at least one requirement of the mesh (constraints.dataplaneProxy.requirements)' });
  }
  if (restrictions.some((rule) => meets(tags, rule.tags))) violations.push({ path, message: 'meets a restriction of the mesh (constraints.dataplaneProxy.restrictions)' });
  return violations;
}

function meets(tags: Tags, rule: Tags = {}): boolean {
  return Object.entries(rule).every(([key, value]) => tags[key] !== undefined && (value === '*' || tags[key] === value));
}
