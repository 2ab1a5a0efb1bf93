import { computeLabels, immutableLabelViolations, labelViolations, nameViolations, validateSpec } from '@weft/resource-model';
import { withResource, type Step } from './draft.ts';

/** Name, mesh and the writer's labels. */
export const checkMeta: Step = {
  name: 'check meta',
  stage: 'process',
  run: (draft, { site, previous, bare }) => {
    const { type, resource } = draft;
    if (bare === true && (previous !== undefined || type.form === 'spec')) return draft;
    const violations = [...nameViolations(type, resource, site), ...labelViolations(type, resource, site)];
    return violations.length > 0 ? violations : draft;
  },
};

/** Defaults, schema and semantic rules of the type; every violation at once. */
export const checkContent: Step = {
  name: 'check content',
  stage: 'process',
  run: (draft, { previous }) => {
    const validated = validateSpec(draft.type, draft.resource, previous === undefined ? {} : { previous });
    if (!validated.ok) return validated.error;
    return { ...withResource(draft, { spec: validated.value.resource.spec }), warnings: [...draft.warnings, ...validated.value.warnings] };
  },
};

/** The labels that follow from where and what a resource is, added to the writer's own. */
export const addComputedLabels: Step = {
  name: 'add computed labels',
  stage: 'process',
  run: (draft, { site }) => withResource(draft, { labels: computeLabels(draft.type, draft.resource, site) }),
};

/** Origin, zone and display name never change after creation. */
export const keepImmutableLabels: Step = {
  name: 'keep immutable labels',
  stage: 'store',
  run: (draft, { previous }) => {
    const violations = previous === undefined ? [] : immutableLabelViolations(previous.labels, draft.resource.labels);
    return violations.length > 0 ? violations : draft;
  },
};

/** What belongs to a mesh needs it. */
export const checkOwner: Step = {
  name: 'check owner',
  stage: 'store',
  run: (draft, { mesh }) => {
    if (draft.type.scope === 'Global' || mesh !== undefined) return draft;
    return [{ path: 'mesh', message: `Mesh is not found: create Mesh "${draft.resource.mesh}" first` }];
  },
};
