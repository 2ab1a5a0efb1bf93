import type { Step } from './draft.ts';
import { validateContent } from './model.ts';

/** Defaults, schema and semantic rules of the type; every violation at once. */
export const checkContent: Step = {
  name: 'check content',
  stage: 'process',
  run: (draft, { previous }) => {
    const { spec, violations, warnings } = validateContent(draft, previous);
    return violations.length > 0 ? violations : { ...draft, spec, warnings: [...draft.warnings, ...warnings] };
  },
};
