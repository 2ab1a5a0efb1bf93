import { addressesRunningOut } from './addresses-running-out.ts';
import { authoritiesExpiring } from './authorities-expiring.ts';
import { certificatesExpiring } from './certificates-expiring.ts';
import type { PlaneCheck } from './check.ts';
import { globalOutOfReach } from './global-out-of-reach.ts';
import { mtlsOff } from './mtls-off.ts';
import { mtlsWithoutPermission } from './mtls-without-permission.ts';
import { policiesWithoutMatch } from './policies-without-match.ts';
import { proxiesOffline } from './proxies-offline.ts';
import { proxiesRefusing } from './proxies-refusing.ts';
import { proxiesStale } from './proxies-stale.ts';
import { serversWithoutEgress } from './servers-without-egress.ts';
import { signingKeys } from './signing-keys.ts';
import { unknownServices } from './unknown-services.ts';
import { unreachableZones } from './unreachable-zones.ts';
import { versions } from './versions.ts';
import { zonesOffline } from './zones-offline.ts';
import { zonesRefused } from './zones-refused.ts';
import { zonesRefusing } from './zones-refusing.ts';
import { zonesRestarted } from './zones-restarted.ts';
import { zonesStuck } from './zones-stuck.ts';
import { zonesTurnedAway } from './zones-turned-away.ts';
import { zonesVersions } from './zones-versions.ts';
import { zonesWithdrawn } from './zones-withdrawn.ts';
import { zonesWithoutIngress } from './zones-without-ingress.ts';
import { zonesWithoutToken } from './zones-without-token.ts';

/** The checks of a running control plane, in the order in which they are shown. */
export const PLANE_CHECKS: readonly PlaneCheck[] = [
  versions, signingKeys, authoritiesExpiring, mtlsWithoutPermission, mtlsOff, proxiesOffline, proxiesRefusing, proxiesStale, certificatesExpiring, policiesWithoutMatch, unknownServices, unreachableZones, serversWithoutEgress, addressesRunningOut,
  zonesOffline, zonesVersions, zonesRefusing, zonesStuck, zonesWithoutIngress, zonesWithoutToken, globalOutOfReach,
  zonesWithdrawn, zonesRestarted, zonesTurnedAway, zonesRefused,
];
