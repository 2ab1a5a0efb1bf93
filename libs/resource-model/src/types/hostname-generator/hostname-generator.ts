import { parseTemplate } from '@weft/name-template';
import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { ResourceType } from '../../resource-type.ts';
import { Type } from '@sinclair/typebox';
import { object, opt, stringMap, text, type Static } from '../../schema/fields.ts';

const SelectorSchema = object({ matchLabels: opt(stringMap()) });

const HostnameGeneratorSchema = object({
  selector: opt(object({ meshService: opt(SelectorSchema), meshExternalService: opt(SelectorSchema), meshMultiZoneService: opt(SelectorSchema) })),
  template: opt(text({ description: 'e.g. {{ .DisplayName }}.svc.mesh.local' })),
  extension: opt(object({ type: text(), config: opt(Type.Unknown()) })),
});

/** Spec of HostnameGenerator. */
export type HostnameGeneratorSpec = Static<typeof HostnameGeneratorSchema>;

/** HostnameGenerator: gives the services that it selects a host name, by a template. Source: Kuma 2.14. */
export const hostnameGeneratorType: ResourceType<HostnameGeneratorSpec> = {
  name: 'HostnameGenerator',
  scope: 'Global',
  plural: 'hostnamegenerators',
  cliName: 'hostnamegenerator',
  shortName: 'hg',
  singularDisplayName: 'Hostname Generator',
  pluralDisplayName: 'Hostname Generators',
  form: 'spec',
  schema: HostnameGeneratorSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  validate: validateHostnameGenerator,
};

function validateHostnameGenerator({ spec: { selector = {}, template } }: Resource<HostnameGeneratorSpec>): readonly Violation[] {
  const kinds = Object.keys(selector);
  const parsed = parseTemplate(template ?? '');
  return [
    ...(kinds.length === 1 ? [] : [{ path: 'spec.selector', message: 'exactly one selector (meshService, meshMultiZoneService, meshExternalService) must be specified' }]),
    ...(template === undefined || template === '' ? [{ path: 'spec.template', message: 'must not be empty' }] : []),
    ...(parsed.ok ? [] : [{ path: 'spec.template', message: parsed.error }]),
  ];
}
