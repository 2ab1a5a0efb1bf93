import type { Violation } from '@weft/kernel';
import type { Draft, Facts, Step } from './draft.ts';

type Tags = Readonly<Record<string, string>>;

interface Networking {
  readonly inbound?: readonly { readonly tags?: Tags }[];
  readonly gateway?: { readonly tags?: Tags };
}

interface TagRule {
  readonly tags?: Tags;
}

/** In a zone, every inbound and the gateway carry the tag `kuma.io/zone`. Source: Kuma 2.14. */
export const addZoneTag: Step = {
  name: 'add zone tag',
  stage: 'process',
  run: (draft, { site }) => {
    if (draft.type.name !== 'Dataplane' || site.mode !== 'zone') return draft;
    const spec = draft.spec as { readonly networking?: Networking };
    const networking = spec.networking;
    if (networking === undefined) return draft;
    const zone = { 'kuma.io/zone': site.zone };
    const inbound = networking.inbound?.map((one) => ({ ...one, tags: { ...one.tags, ...zone } }));
    const gateway = networking.gateway && { ...networking.gateway, tags: { ...networking.gateway.tags, ...zone } };
    return { ...draft, spec: { ...spec, networking: { ...networking, ...(inbound && { inbound }), ...(gateway && { gateway }) } } };
  },
};

/** Which dataplanes a mesh admits: each tag set must meet one requirement (where there are any) and no restriction. */
export const checkMembership: Step = {
  name: 'check membership',
  stage: 'store',
  run: (draft, facts) => {
    if (draft.type.name !== 'Dataplane') return draft;
    const violations = tagSets(draft).flatMap(({ path, tags }) => membershipViolations(path, tags, facts));
    return violations.length > 0 ? violations : draft;
  },
};

function tagSets({ spec }: Draft): readonly { readonly path: string; readonly tags: Tags }[] {
  const { inbound = [], gateway } = (spec as { readonly networking?: Networking }).networking ?? {};
  const sets = inbound.map(({ tags = {} }, index) => ({ path: `networking.inbound[${index}].tags`, tags }));
  return gateway === undefined ? sets : [...sets, { path: 'networking.gateway.tags', tags: gateway.tags ?? {} }];
}

function membershipViolations(path: string, tags: Tags, { mesh }: Facts): readonly Violation[] {
  const constraints = (mesh?.spec as { readonly constraints?: { readonly dataplaneProxy?: { readonly requirements?: readonly TagRule[]; readonly restrictions?: readonly TagRule[] } } } | undefined)?.constraints?.dataplaneProxy;
  const { requirements = [], restrictions = [] } = constraints ?? {};
  const violations: Violation[] = [];
  if (requirements.length > 0 && !requirements.some((rule) => meets(tags, rule))) {
    violations.push({ path, message: 'must meet at least one requirement of the mesh (constraints.dataplaneProxy.requirements)' });
  }
  if (restrictions.some((rule) => meets(tags, rule))) violations.push({ path, message: 'meets a restriction of the mesh (constraints.dataplaneProxy.restrictions)' });
  return violations;
}

function meets(tags: Tags, rule: TagRule): boolean {
  return Object.entries(rule.tags ?? {}).every(([key, value]) => tags[key] !== undefined && (value === '*' || tags[key] === value));
}
