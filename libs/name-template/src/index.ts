export { parseTemplate, type TemplatePart } from './parse-template.ts';
export { renderTemplate, type TemplateData } from './render-template.ts';
export { templateFields } from './template-fields.ts';
