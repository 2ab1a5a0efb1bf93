import { expect, test } from 'vitest';
import { generateHostnames } from './generate-hostnames.ts';

const web = { name: 'web', mesh: 'default', labels: { 'kuma.io/origin': 'zone', 'kuma.io/zone': 'east' } };
const generator = (name: string, template: string, matchLabels = {}) => ({ name, template, matchLabels });

test('generators that select the service name it, each by its template', () => {
  const generators = [generator('a', '{{ .DisplayName }}.svc.{{ .Zone }}.mesh.local', { 'kuma.io/origin': 'zone' }), generator('b', 'x.mesh', { 'kuma.io/origin': 'global' })];
  expect(generateHostnames(web, generators, () => true)).toEqual([{ generator: 'a', hostname: 'web.svc.east.mesh.local', reason: 'Generated', message: '' }]);
});

test('a template that fails, a bad name and a held name are told as conditions', () => {
  const generators = [generator('a', '{{ label "none" }}'), generator('b', '{{ .Namespace }}.mesh'), generator('c', 'held.mesh')];
  expect(generateHostnames(web, generators, (name) => name !== 'held.mesh').map(({ reason }) => reason)).toEqual(['TemplateError', 'TemplateError', 'Collision']);
});
