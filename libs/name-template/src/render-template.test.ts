import { err, ok } from '@weft/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderTemplate } from './render-template.ts';
import { templateFields } from './template-fields.ts';

const data = {
  fields: { DisplayName: 'backend', Zone: 'east', Mesh: 'default', Empty: '' },
  label: (key: string) => ({ 'k8s.kuma.io/service-name': 'set', 'a"b': 'quoted' })[key],
};

describe('renderTemplate', () => {
  it.each([
    ['{{ .DisplayName }}.svc.{{ .Zone }}.mesh.local', 'backend.svc.east.mesh.local'],
    ['{{.DisplayName}}', 'backend'],
    ['{{ label "k8s.kuma.io/service-name" }}.{{ .Mesh }}', 'set.default'],
    ['{{ label `k8s.kuma.io/service-name` }}', 'set'],
    ['{{ label "a\\"b" }}', 'quoted'],
    ['a {{- .Zone -}} b', 'aeastb'],
    ['{{/* a note */}}x{{ "}}" }}', 'x}}'],
    ['{{ .Empty }}plain', 'plain'],
    ['', ''],
  ])('renders %s', (template, text) => {
    expect(renderTemplate(template, data)).toEqual(ok(text));
  });

  it.each([
    ['{{ .Missing }}', 'there is no field .Missing'],
    ['{{ .constructor }}', 'there is no field .constructor'],
    ['{{ label "none" }}', 'label "none" is not set'],
    ['{{ .Zone', '"{{" without "}}"'],
    ['{{ if .Zone }}x{{ end }}', '"{{ if .Zone }}" is not understood'],
    ['{{ label "\\q" }}', 'is not a string'],
    ['{{ }}', 'is not understood'],
  ])('says what is wrong with %s', (template, reason) => {
    expect(renderTemplate(template, data)).toEqual(err(expect.stringContaining(reason)));
  });

  it('never throws, and text without actions is itself', () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom('{{', '}}', '-', '.Zone', 'label', '"', '`', '\\', ' ', '/*', '*/'));
    fc.assert(fc.property(fc.array(piece).map((pieces) => pieces.join('')), (template) => {
      const rendered = renderTemplate(template, data);
      if (!template.includes('{{')) expect(rendered).toEqual(ok(template));
      else expect(typeof (rendered.ok ? rendered.value : rendered.error)).toBe('string');
    }));
  });
});

describe('templateFields', () => {
  it('names each field once', () => {
    expect(templateFields('/{{ .Zone }}/{{ .Workload }}/{{ .Zone }}/{{ label "x" }}')).toEqual(['Zone', 'Workload']);
  });
});
