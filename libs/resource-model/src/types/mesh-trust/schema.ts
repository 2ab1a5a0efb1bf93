import { list, object, oneOf, opt, text, type Static } from '../../schema/fields.ts';

const OriginSchema = object({ kri: opt(text({ description: 'The MeshIdentity that it was made for.' })) });

/** Spec of MeshTrust. Source: Kuma 2.14. */
export const MeshTrustSchema = object({
  origin: opt(OriginSchema),
  trustDomain: text({ minLength: 1, maxLength: 253 }),
  caBundles: list(object({ type: oneOf(['Pem']), pem: opt(object({ value: text() })) }), { minItems: 1, description: 'CAs that may issue for the trust domain.' }),
});

/** Status of MeshTrust, written by the control plane. */
export const MeshTrustStatusSchema = object({ origin: opt(OriginSchema) });

/** Spec of MeshTrust. */
export type MeshTrustSpec = Static<typeof MeshTrustSchema>;
/** Status of MeshTrust. */
export type MeshTrustStatus = Static<typeof MeshTrustStatusSchema>;
