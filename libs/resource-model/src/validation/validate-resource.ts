import { err, ok, type Result, type Violation } from '@weft/kernel';
import { readDocument } from '../documents/read-document.ts';
import { labelViolations } from '../metadata/check-labels.ts';
import { nameViolations } from '../metadata/check-name.ts';
import type { ControlPlaneSite } from '../metadata/site.ts';
import type { ResourceType, ValidationContext } from '../resource-type.ts';
import { validateSpec, type Validated } from './validate-spec.ts';

/** What validation may depend on beside the document. */
export interface ResourceContext extends ValidationContext {
  /** The control plane that takes the resource; without it (a client) rules that depend on the site are left out. */
  readonly site?: ControlPlaneSite;
}

/**
 * From a REST document to a resource that keeps every rule that the document alone tells: name, labels, schema,
 * semantics. Violations of name and labels come together, those of the content after. Rules between the URL and the
 * body, and those that need stored state, are the caller's. Never throws, whatever the document is.
 */
export function validateResource(type: ResourceType, document: unknown, context: ResourceContext = {}): Result<Validated, readonly Violation[]> {
  const read = readDocument(type, document);
  if (!read.ok) return read;
  const { resource, unknownFields } = read.value;
  const meta: readonly Violation[] = [...nameViolations(type, resource, context.site), ...labelViolations(type, resource, context.site)];
  if (meta.length > 0) return err(meta);
  const validated = validateSpec(type, resource, context);
  if (!validated.ok) return validated;
  const warnings = unknownFields.map((field) => `unknown field "${field}" was ignored`);
  return ok({ ...validated.value, warnings: [...warnings, ...validated.value.warnings] });
}
