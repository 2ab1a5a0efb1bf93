import { err, ok, type Result } from '@weft/kernel';
import { parseTemplate, type TemplatePart } from './parse-template.ts';

/** What a template may read. */
export interface TemplateData {
  /** `{{ .Name }}` reads `fields.Name`; a field that is not here is an error. */
  readonly fields: Readonly<Record<string, string>>;
  /** `{{ label "key" }}`; undefined is an error. Without this function no label exists. */
  readonly label?: (key: string) => string | undefined;
}

/** Renders a template (see {@link parseTemplate}), or says why it cannot be rendered. Never throws. */
export function renderTemplate(template: string, data: TemplateData): Result<string, string> {
  const parts = parseTemplate(template);
  if (!parts.ok) return parts;
  let text = '';
  for (const part of parts.value) {
    const piece = render(part, data);
    if (!piece.ok) return err(`${piece.error} (template "${template}")`);
    text += piece.value;
  }
  return ok(text);
}

function render(part: TemplatePart, data: TemplateData): Result<string, string> {
  switch (part.kind) {
    case 'text': return ok(part.text);
    case 'field': {
      const value = Object.hasOwn(data.fields, part.name) ? data.fields[part.name] : undefined;
      return value === undefined ? err(`there is no field .${part.name}: known are ${known(data)}`) : ok(value);
    }
    case 'label': {
      const value = data.label?.(part.key);
      return value === undefined ? err(`label "${part.key}" is not set`) : ok(value);
    }
  }
}

function known(data: TemplateData): string {
  return Object.keys(data.fields).map((name) => `.${name}`).join(', ') || 'none';
}
