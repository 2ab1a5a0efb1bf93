import { parseTemplate } from '@weft/name-template';
import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { ResourceType } from '../../resource-type.ts';
import { list, object, opt, stringMap, text, type Static } from '../../schema/fields.ts';

const VirtualOutboundSchema = object({
  selectors: opt(list(object({ match: opt(stringMap()) }))),
  conf: opt(object({
    host: opt(text({ description: 'template, e.g. {{.service}}.mesh' })),
    port: opt(text({ description: 'template, e.g. {{.port}} or 80' })),
    parameters: opt(list(object({ name: opt(text()), tagKey: opt(text()) }))),
  })),
});

type VirtualOutboundSpec = Static<typeof VirtualOutboundSchema>;

/** VirtualOutbound: host names and ports made of the tags of dataplanes. Source: Kuma 2.14. */
export const virtualOutboundType: ResourceType<VirtualOutboundSpec> = {
  name: 'VirtualOutbound',
  scope: 'Mesh',
  plural: 'virtual-outbounds',
  cliName: 'virtual-outbound',
  singularDisplayName: 'Virtual Outbound',
  pluralDisplayName: 'Virtual Outbounds',
  form: 'inline',
  schema: VirtualOutboundSchema,
  origin: 'global',
  federated: true,
  feed: 'full',
  policy: { order: 0, hasTo: false, hasFrom: false, hasRules: false, fromAsRules: false, singleItem: false },
  validate: validateVirtualOutbound,
};

function validateVirtualOutbound({ spec }: Resource<VirtualOutboundSpec>): readonly Violation[] {
  const { selectors = [], conf } = spec;
  const parameters = conf?.parameters ?? [];
  return [
    ...(selectors.length === 0 ? [{ path: 'selectors', message: 'must have at least one element' }] : []),
    ...(['host', 'port'] as const).flatMap((field) => templateViolations(`conf.${field}`, conf?.[field])),
    ...(parameters.some(({ name, tagKey }) => (tagKey ?? name) === 'kuma.io/service') ? [] : [{ path: 'conf.parameters', message: 'must contain a parameter with `kuma.io/service` as a tagKey' }]),
    ...parameters.flatMap(({ name = '' }, index) => (/^[A-Za-z0-9]+$/.test(name) ? [] : [{ path: `conf.parameters[${index}].name`, message: 'must be alphanumeric' }])),
  ];
}

function templateViolations(path: string, template: string | undefined): readonly Violation[] {
  if (template === undefined || template === '') return [{ path, message: 'cannot be empty' }];
  const parsed = parseTemplate(template);
  return parsed.ok ? [] : [{ path, message: parsed.error }];
}
