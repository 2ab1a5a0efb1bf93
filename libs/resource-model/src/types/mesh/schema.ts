import { DataSourceSchema, SensitiveDataSourceSchema } from '../../schema/data-source.ts';
import { anything, bool, list, object, opt, protoDuration, protoEnum, stringMap, text, uint32, type Static } from '../../schema/fields.ts';
import { Type } from '@sinclair/typebox';

const CaConfSchema = object({
  caCert: opt(object({ RSAbits: opt(uint32({ description: 'Size of the CA key; 2048 where absent.' })), expiration: opt(text({ description: 'Life of the CA certificate, e.g. 10y.' })) })),
  cert: opt(DataSourceSchema),
  key: opt(SensitiveDataSourceSchema),
}, { description: '`caCert` for type builtin; `cert` and `key` for type provided.' });

const CaBackendSchema = object({
  name: text(),
  type: text({ description: 'builtin or provided.' }),
  dpCert: opt(object({
    rotation: opt(object({ expiration: opt(text({ description: 'Life of workload certificates: number and y, w, d, h, m, s or ms; 24h where absent.' })) })),
    requestTimeout: opt(protoDuration()),
  })),
  conf: opt(CaConfSchema),
  mode: opt(protoEnum(['STRICT', 'PERMISSIVE'])),
  rootChain: opt(object({ requestTimeout: opt(protoDuration()) })),
});

const MtlsSchema = object({
  enabledBackend: opt(text({ description: 'Name of the backend that issues certificates; mTLS is off without it.' })),
  backends: opt(list(CaBackendSchema)),
  skipValidation: opt(bool()),
});

const ObservabilityBackendSchema = object({ name: text(), format: opt(text()), sampling: opt(Type.Number()), type: opt(text()), conf: opt(anything()) });
const TagRulesSchema = list(object({ tags: opt(stringMap()) }));

/** Spec of Mesh. Source: Kuma 2.14. */
export const MeshSchema = object({
  mtls: opt(MtlsSchema),
  tracing: opt(object({ defaultBackend: opt(text()), backends: opt(list(ObservabilityBackendSchema)) })),
  logging: opt(object({ defaultBackend: opt(text()), backends: opt(list(ObservabilityBackendSchema)) })),
  metrics: opt(object({ enabledBackend: opt(text()), backends: opt(list(object({ name: text(), type: opt(text()), conf: opt(anything()) }))) })),
  networking: opt(object({ outbound: opt(object({ passthrough: opt(bool({ description: 'Whether proxies let through traffic to unknown addresses; true where absent.' })) })) })),
  routing: opt(object({ localityAwareLoadBalancing: opt(bool()), zoneEgress: opt(bool()), defaultForbidMeshExternalServiceAccess: opt(bool()) })),
  constraints: opt(object({ dataplaneProxy: opt(object({ requirements: opt(TagRulesSchema), restrictions: opt(TagRulesSchema) })) })),
  skipCreatingInitialPolicies: opt(list(text(), { description: 'Types of default policies that the mesh does not want; * means all.' })),
  meshServices: opt(object({ mode: opt(protoEnum(['Disabled', 'Everywhere', 'ReachableBackends', 'Exclusive'])) })),
});

/** Spec of Mesh. */
export type MeshSpec = Static<typeof MeshSchema>;
/** One CA backend of a mesh (`mtls.backends[]`). */
export type CaBackend = Static<typeof CaBackendSchema>;
/** The types of CA backend that Weft knows. */
export const CA_BACKEND_TYPES = ['builtin', 'provided'] as const;
