import { compareText, type Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { ResourceType } from '../../resource-type.ts';
import { tagViolations } from '../../rules/tags.ts';
import { DataSourceSchema, SensitiveDataSourceSchema } from '../../schema/data-source.ts';
import { bool, object, opt, stringMap, text, type Static } from '../../schema/fields.ts';

const ExternalServiceSchema = object({
  networking: opt(object({
    address: opt(text({ description: 'host:port' })),
    tls: opt(object({
      enabled: opt(bool()),
      caCert: opt(DataSourceSchema),
      clientCert: opt(DataSourceSchema),
      clientKey: opt(SensitiveDataSourceSchema),
      allowRenegotiation: opt(bool()),
      serverName: opt(text()),
      skipHostnameVerification: opt(bool()),
    })),
    disableHostDNSEntry: opt(bool()),
  })),
  tags: opt(stringMap()),
});

/** Spec of ExternalService. */
export type ExternalServiceSpec = Static<typeof ExternalServiceSchema>;

/** ExternalService: a destination outside the mesh, by tags. */
export const externalServiceType: ResourceType<ExternalServiceSpec> = {
  name: 'ExternalService',
  scope: 'Mesh',
  plural: 'external-services',
  cliName: 'external-service',
  singularDisplayName: 'External Service',
  pluralDisplayName: 'External Services',
  form: 'inline',
  schema: ExternalServiceSchema,
  origin: 'global',
  federated: true,
  feed: 'full',
  columns: [
    { header: 'TAGS', value: (document) => tagsText((document as ExternalServiceSpec).tags ?? {}) },
    { header: 'ADDRESS', value: (document) => (document as ExternalServiceSpec).networking?.address ?? '' },
  ],
  validate: validateExternalService,
};

function tagsText(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags).sort(([a], [b]) => compareText(a, b)).map(([key, value]) => `${key}=${value}`).join(' ');
}

function validateExternalService({ spec }: Resource<ExternalServiceSpec>): readonly Violation[] {
  const { networking, tags = {} } = spec;
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(networking?.address ?? '') ?? [];
  const address = networking?.address;
  const reachable = host !== '' && Number(port) >= 1 && Number(port) <= 65535;
  return [
    ...(networking === undefined ? [{ path: 'networking', message: 'should have networking' }] : []),
    ...(networking !== undefined && (address ?? '') === '' ? [{ path: 'networking.address', message: "address can't be empty" }] : []),
    ...((address ?? '') !== '' && !reachable ? [{ path: 'networking.address', message: 'address has to be in a form of host:port' }] : []),
    ...tagViolations('tags', tags, { requireService: true }),
    ...(host !== '' && tags['kuma.io/service'] === host ? [{ path: 'tags', message: 'kuma.io/service must differ from the host of networking.address' }] : []),
  ];
}
