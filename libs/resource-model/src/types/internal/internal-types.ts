import type { TSchema } from '@sinclair/typebox';
import type { ResourceType } from '../../resource-type.ts';
import { ConfigSchema, TokenPublicKeySchema, TokenRevocationsSchema, TrustBundleSchema, VirtualIpSchema, ZoneLivenessSchema, ZoneWithdrawalSchema } from './schema.ts';

/** Public half of a token-signing key, named `<purpose>[-<mesh>]-<kid>`; xds-servers verify tokens with it. */
export const tokenPublicKeyType = internal('TokenPublicKey', 'Global', TokenPublicKeySchema);
/** Revoked token ids, named `<purpose>[-<mesh>]`. */
export const tokenRevocationsType = internal('TokenRevocations', 'Global', TokenRevocationsSchema);
/** CA certificates of a mesh, named after the backend. */
export const trustBundleType = internal('TrustBundle', 'Mesh', TrustBundleSchema);
/** A virtual address, named after itself, so that creating it settles who owns it. */
export const virtualIpType = internal('VirtualIp', 'Global', VirtualIpSchema);
/** A value that the control plane remembers, e.g. `kuma-cluster-id`. */
export const configType = internal('Config', 'Global', ConfigSchema);
/** Whether a zone of Weft is alive, as the global control plane knows, and tells the zones of Weft. There, the name is another one than the zone's. */
export const zoneLivenessType: ResourceType = { ...internal('ZoneLiveness', 'Global', ZoneLivenessSchema), form: 'spec', weftOnly: true };
/** What a zone has decided about another one that seems dead, named after that; absent for zones that are used as usual. At the global control plane the name is another one. */
export const zoneWithdrawalType: ResourceType = { ...internal('ZoneWithdrawal', 'Global', ZoneWithdrawalSchema), form: 'spec', weftOnly: true };

function internal(name: string, scope: ResourceType['scope'], schema: TSchema): ResourceType {
  return { name, scope, plural: name.toLowerCase(), singularDisplayName: name, pluralDisplayName: name, form: 'inline', schema, internal: true, readOnly: true, origin: 'none', feed: 'full' };
}
