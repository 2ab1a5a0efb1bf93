import { anything, list, object, opt, text, type Static } from '@weft/resource-model';
import { legacyPolicyType, SelectorsSchema } from './legacy-policy-type.ts';

const KINDS = ['cluster', 'listener', 'networkFilter', 'httpFilter', 'virtualHost'] as const;
const ModificationSchema = object({ match: opt(anything()), operation: text(), value: opt(text({ description: 'YAML of an Envoy resource.' })) });

const ProxyTemplateConfSchema = object({
  imports: opt(list(text())),
  resources: opt(list(object({ name: opt(text()), version: opt(text()), resource: opt(text({ description: 'YAML of an Envoy resource.' })) }))),
  modifications: opt(list(object({ cluster: opt(ModificationSchema), listener: opt(ModificationSchema), networkFilter: opt(ModificationSchema), httpFilter: opt(ModificationSchema), virtualHost: opt(ModificationSchema) }))),
});

interface ProxyTemplateSpec {
  readonly conf?: Static<typeof ProxyTemplateConfSchema>;
}

/** ProxyTemplate: changes to the Envoy configuration of selected proxies. */
export const proxyTemplateType = legacyPolicyType<ProxyTemplateSpec>({
  name: 'ProxyTemplate', plural: 'proxytemplates', cliName: 'proxytemplate', displayName: 'Proxy Template',
  schema: object({ selectors: opt(SelectorsSchema), conf: opt(ProxyTemplateConfSchema) }),
  selectors: [{ field: 'selectors', service: true }],
  validateConf: ({ conf }) => [
    ...(conf?.imports ?? []).flatMap((name, index) => (name === 'default-proxy' ? [] : [{ path: `conf.imports[${index}]`, message: `profile not found. Available profiles: default-proxy` }])),
    ...(conf?.modifications ?? []).flatMap((one, index) => (KINDS.filter((kind) => one[kind] !== undefined).length === 1 ? [] : [{ path: `conf.modifications[${index}]`, message: `must have exactly one defined: ${KINDS.join(', ')}` }])),
  ],
});
