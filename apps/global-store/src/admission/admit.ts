import { err, MeshError, ok, type Result } from '@weft/kernel';
import { checkProvidedCa } from './ca-steps.ts';
import { addZoneTag, checkMembership, holdBackProbed } from './dataplane-steps.ts';
import { addComputedLabels, checkContent, checkMeta, checkOwner, keepImmutableLabels } from './document-steps.ts';
import type { Draft, Facts, Step } from './draft.ts';
import { checkRevocations, checkSigningKey, splitSecret } from './secret-steps.ts';
import { completeZoneProxy } from './zone-proxy-steps.ts';

/** Largest resource in its stored form. The bus carries 1 MiB, an envelope around the resource included. */
export const MAX_RESOURCE_BYTES = 512 * 1024;

/**
 * Admission, in order: first what the document alone tells, then what the stored state tells. Pure: every fact is
 * given. A step that finds violations ends it, so later steps may rely on earlier ones.
 */
export const STEPS: readonly Step[] = [
  checkMeta,
  checkContent,
  checkProvidedCa,
  splitSecret,
  checkSigningKey,
  checkRevocations,
  addZoneTag,
  holdBackProbed,
  completeZoneProxy,
  addComputedLabels,
  checkOwner,
  keepImmutableLabels,
  checkMembership,
];

/** Runs the steps. The error carries every violation of the step that refused, and the title of its stage. Never throws. */
export function admit(draft: Draft, facts: Facts): Result<Draft, MeshError> {
  let current = draft;
  for (const step of STEPS) {
    const outcome = step.run(current, facts);
    if (isViolations(outcome)) {
      const title = step.stage === 'process' ? 'Could not process a resource' : storeTitle(facts);
      return err(new MeshError('resource/invalid', 'Resource is not valid', { violations: outcome, details: { title, step: step.name } }));
    }
    current = outcome;
  }
  return withinLimit(current);
}

/** Title of errors that arise from the stored state. */
export function storeTitle(facts: { readonly previous?: unknown }): string {
  return facts.previous === undefined ? 'Could not create a resource' : 'Could not update a resource';
}

function withinLimit(draft: Draft): Result<Draft, MeshError> {
  const bytes = Buffer.byteLength(JSON.stringify(draft.resource)) + (draft.clearSecret?.length ?? 0);
  if (bytes <= MAX_RESOURCE_BYTES) return ok(draft);
  return err(new MeshError('request/too-large', `${draft.type.name} "${draft.resource.name}" has ${bytes} bytes; a resource may have ${MAX_RESOURCE_BYTES}`));
}

function isViolations(outcome: ReturnType<Step['run']>): outcome is Exclude<ReturnType<Step['run']>, Draft> {
  return Array.isArray(outcome);
}
