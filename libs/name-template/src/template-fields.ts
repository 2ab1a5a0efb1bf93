import { parseTemplate } from './parse-template.ts';

/** The fields that a template names, each once (`{{ .Zone }}` is `Zone`); none for a template that cannot be parsed. */
export function templateFields(template: string): readonly string[] {
  const parts = parseTemplate(template);
  if (!parts.ok) return [];
  return [...new Set(parts.value.flatMap((part) => (part.kind === 'field' ? [part.name] : [])))];
}
