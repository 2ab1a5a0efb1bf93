import { bool, anything, duration, object, oneOf, opt, stringMap, text, type Static } from '../../schema/fields.ts';
import { ConditionsSchema } from '../../schema/conditions.ts';
import { SecureDataSourceSchema, SensitiveSecureDataSourceSchema } from '../../schema/secure-data-source.ts';

const BundledSchema = object({
  meshTrustCreation: opt(oneOf(['Enabled', 'Disabled'], { description: 'Whether a MeshTrust is made for the CA; Enabled where absent.' })),
  insecureAllowSelfSigned: opt(bool({ description: 'Allows a CA that nobody else vouches for; the generated one is such a CA.' })),
  autogenerate: opt(object({ enabled: opt(bool({ description: 'Has the control plane make the CA.' })) })),
  ca: opt(object({ certificate: opt(SecureDataSourceSchema), privateKey: opt(SensitiveSecureDataSourceSchema) })),
  certificateParameters: opt(object({ expiry: opt(duration({ description: 'Life of workload certificates; 24h where absent.' })) })),
});

/** Spec of MeshIdentity. Source: Kuma 2.14. */
export const MeshIdentitySchema = object({
  selector: opt(object({ dataplane: opt(object({ matchLabels: opt(stringMap()) })) }, { description: 'Proxies that get this identity: none where absent, all where matchLabels is empty.' })),
  spiffeID: opt(object({
    trustDomain: opt(text({ description: 'Template; {{ .Mesh }}.{{ .Zone }}.mesh.local where absent.' })),
    path: opt(text({ description: 'Template; /workload/{{ .Workload }} where absent (Kubernetes: /ns/{{ .Namespace }}/sa/{{ .ServiceAccount }}).' })),
  })),
  provider: object({
    type: oneOf(['Bundled', 'Spire', 'Extension']),
    bundled: opt(BundledSchema),
    spire: opt(object({ agent: opt(object({ timeout: opt(duration()) })) })),
    extension: opt(object({ name: text(), config: opt(anything()) })),
  }),
});

/** Status of MeshIdentity: conditions Provider, MeshTrustCreated and Ready, and for failures SpiffeIDProvider and DependenciesReady. */
export const MeshIdentityStatusSchema = object({ conditions: opt(ConditionsSchema) });

/** Spec of MeshIdentity. */
export type MeshIdentitySpec = Static<typeof MeshIdentitySchema>;
/** The bundled provider of a MeshIdentity. */
export type BundledProvider = Static<typeof BundledSchema>;
/** Status of MeshIdentity. */
export type MeshIdentityStatus = Static<typeof MeshIdentityStatusSchema>;
