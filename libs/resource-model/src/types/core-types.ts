import type { ResourceType } from '../resource-type.ts';
import { dataplaneInsightType } from './dataplane-insight/dataplane-insight.ts';
import { dataplaneType } from './dataplane/dataplane.ts';
import { configType, tokenPublicKeyType, tokenRevocationsType, trustBundleType, virtualIpType } from './internal/internal-types.ts';
import { meshIdentityType } from './mesh-identity/mesh-identity.ts';
import { meshServiceType } from './mesh-service/mesh-service.ts';
import { meshTrustType } from './mesh-trust/mesh-trust.ts';
import { meshType } from './mesh/mesh.ts';
import { globalSecretType, secretType } from './secret/secret.ts';
import { zoneInsightType } from './zone-insight/zone-insight.ts';
import { workloadType } from './workload/workload.ts';
import { zoneType } from './zone/zone.ts';

/** Every type that is not a policy, in one literal list. A new type is a new folder and a line here. */
export const coreTypes: readonly ResourceType[] = [
  meshType,
  zoneType,
  zoneInsightType,
  secretType,
  globalSecretType,
  dataplaneType,
  dataplaneInsightType,
  meshServiceType,
  workloadType,
  meshIdentityType,
  meshTrustType,
  tokenPublicKeyType,
  tokenRevocationsType,
  trustBundleType,
  virtualIpType,
  configType,
];
