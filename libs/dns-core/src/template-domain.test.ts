import { expect, it } from 'vitest';
import { templateDomain } from './template-domain.ts';

it('finds the domain of a template where its end is fixed', () => {
  const domains = ['{{ .Name }}.svc.mesh.local', '{{ .Name }}-x.Corp.example', '{{ .Name }}.mesh', 'one.example', '{{ .Name }}.{{ .Zone }}', '{{ .Name }}', '{{ .Name }}.a b', ''].map(templateDomain);
  expect(domains).toEqual(['svc.mesh.local', 'corp.example', 'mesh', 'one.example', undefined, undefined, undefined, undefined]);
});
