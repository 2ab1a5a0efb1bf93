import { err, ok, type Result, type Violation } from '@weft/kernel';
import type { Resource } from '../resource.ts';
import type { ResourceType, ValidationContext } from '../resource-type.ts';
import { conform } from './conform.ts';
import { structuralViolations } from './structural.ts';

/** A resource that keeps its type's rules, and what its writer should know. */
export interface Validated {
  readonly resource: Resource;
  readonly warnings: readonly string[];
}

/** The warning of every type that is {@link ResourceType.inert}. */
export const INERT_WARNING = 'this resource is stored, but has no effect in this version';

/**
 * Holds the spec of a resource against its type: unknown fields are dropped and named in a warning, defaults filled
 * in, the schema checked, then (only where the schema holds) the type's own rules. The error is every violation.
 * A missing spec counts as an empty one. Never throws, whatever the spec is.
 */
export function validateSpec(type: ResourceType, resource: Resource, context: ValidationContext = {}): Result<Validated, readonly Violation[]> {
  const prefix = type.form === 'inline' ? '' : 'spec';
  const { value, unknownFields } = conform(type.schema, resource.spec ?? {}, { protoJson: type.form === 'inline', path: prefix });
  const structural = structuralViolations(type.schema, value, prefix);
  const refused = type.strict === true ? unknownFields.map((path) => ({ path, message: `is no field of ${type.name}` })) : [];
  if (structural.length + refused.length > 0) return err([...structural, ...refused]);
  const conformed: Resource = { ...resource, spec: value };
  const semantic = type.validate?.(conformed, context) ?? [];
  if (semantic.length > 0) return err(semantic);
  return ok({ resource: conformed, warnings: [...(type.inert === true ? [INERT_WARNING] : []), ...unknownFieldWarnings(unknownFields), ...(type.warnings?.(conformed) ?? [])] });
}

function unknownFieldWarnings(paths: readonly string[]): readonly string[] {
  return paths.map((path) => `unknown field "${path}" was ignored`);
}
