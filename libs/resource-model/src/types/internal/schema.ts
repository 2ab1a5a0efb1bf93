import { bool, list, object, oneOf, opt, text, uint32, type Static } from '../../schema/fields.ts';

const PurposeSchema = oneOf(['dataplane', 'zone', 'user']);

/** Spec of TokenPublicKey: what verifies tokens of one purpose. Derived from signing-key secrets. */
export const TokenPublicKeySchema = object({ purpose: PurposeSchema, mesh: opt(text()), kid: text(), publicKeyPem: text() });
/** Spec of TokenRevocations: token ids that are no longer good. Derived from revocation secrets. */
export const TokenRevocationsSchema = object({ purpose: PurposeSchema, mesh: opt(text()), ids: list(text()) });
/** Spec of TrustBundle: the CA certificates that peers of a mesh trust, per backend. */
export const TrustBundleSchema = object({ backend: text(), generation: uint32(), caPem: list(text()) });
/** Spec of VirtualIp: who owns the address that is the resource's name. */
export const VirtualIpSchema = object({ hostname: text(), service: opt(text()), owner: opt(text({ description: '`<type>/<mesh>/<name>` of the resource whose status carries the address.' })) });
/** Spec of Config: one value that the control plane remembers. */
export const ConfigSchema = object({ config: text() });
/** Spec of ZoneLiveness: whether the control plane of a zone gives signs of life, and since when (RFC 3339) that is so. */
export const ZoneLivenessSchema = object({ zone: text(), online: bool(), since: text() });
/** Spec of ZoneWithdrawal: endpoints of the zone are out of use, or come after all others; since when (RFC 3339). */
export const ZoneWithdrawalSchema = object({ effect: oneOf(['withdrawn', 'lowered']), since: text() });

/** Spec of TokenPublicKey. */
export type TokenPublicKeySpec = Static<typeof TokenPublicKeySchema>;
/** Spec of TokenRevocations. */
export type TokenRevocationsSpec = Static<typeof TokenRevocationsSchema>;
/** Spec of TrustBundle. */
export type TrustBundleSpec = Static<typeof TrustBundleSchema>;
/** Spec of VirtualIp. */
export type VirtualIpSpec = Static<typeof VirtualIpSchema>;
/** Spec of Config. */
export type ConfigSpec = Static<typeof ConfigSchema>;
/** Spec of ZoneLiveness. */
export type ZoneLivenessSpec = Static<typeof ZoneLivenessSchema>;
/** Spec of ZoneWithdrawal. */
export type ZoneWithdrawalSpec = Static<typeof ZoneWithdrawalSchema>;
