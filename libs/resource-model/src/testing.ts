import type { ResourceType } from './resource-type.ts';
import { validateResource, type ResourceContext } from './validation/validate-resource.ts';

/** A document of a type with a good name, mesh `default`, and this content. */
export function documentOf(type: ResourceType, content: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const meta = { type: type.name, ...(type.scope === 'Mesh' && { mesh: 'default' }), name: 'one' };
  return type.form === 'inline' ? { ...meta, ...content } : { ...meta, spec: content };
}

/** What validation says against this content, as `path: message`, in order; empty where it is good. */
export function violationsOf(type: ResourceType, content: Readonly<Record<string, unknown>>, context: ResourceContext = {}): readonly string[] {
  const outcome = validateResource(type, documentOf(type, content), context);
  return outcome.ok ? [] : outcome.error.map(({ path, message }) => `${path}: ${message}`);
}

/** The warnings for this content; throws where it is refused. */
export function warningsOf(type: ResourceType, content: Readonly<Record<string, unknown>>): readonly string[] {
  const outcome = validateResource(type, documentOf(type, content));
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.value.warnings;
}
export { conform } from './validation/conform.ts';
