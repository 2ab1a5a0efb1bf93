import type { ResourceType } from '../resource-type.ts';
import { dataplaneInsightType } from './dataplane-insight/dataplane-insight.ts';
import { dataplaneType } from './dataplane/dataplane.ts';
import { configType, tokenPublicKeyType, tokenRevocationsType, trustBundleType, virtualIpType, zoneLivenessType, zoneWithdrawalType } from './internal/internal-types.ts';
import { meshIdentityType } from './mesh-identity/mesh-identity.ts';
import { meshServiceType } from './mesh-service/mesh-service.ts';
import { meshTrustType } from './mesh-trust/mesh-trust.ts';
import { meshType } from './mesh/mesh.ts';
import { externalServiceType } from './external-service/external-service.ts';
import { meshInsightType, serviceInsightType, zoneEgressInsightType, zoneIngressInsightType } from './insights/insight-types.ts';
import { hostnameGeneratorType } from './hostname-generator/hostname-generator.ts';
import { meshExternalServiceType } from './mesh-external-service/mesh-external-service.ts';
import { meshGatewayType } from './mesh-gateway/mesh-gateway.ts';
import { meshMultiZoneServiceType } from './mesh-multi-zone-service/mesh-multi-zone-service.ts';
import { meshOpenTelemetryBackendType } from './mesh-open-telemetry-backend/mesh-open-telemetry-backend.ts';
import { meshZoneAddressType } from './mesh-zone-address/mesh-zone-address.ts';
import { zoneEgressType } from './zone-egress/zone-egress.ts';
import { zoneIngressType } from './zone-ingress/zone-ingress.ts';
import { globalSecretType, secretType } from './secret/secret.ts';
import { zoneInsightType } from './zone-insight/zone-insight.ts';
import { virtualOutboundType } from './virtual-outbound/virtual-outbound.ts';
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
  hostnameGeneratorType,
  virtualOutboundType,
  meshExternalServiceType,
  meshMultiZoneServiceType,
  meshZoneAddressType,
  meshOpenTelemetryBackendType,
  externalServiceType,
  meshGatewayType,
  zoneIngressType,
  zoneIngressInsightType,
  zoneEgressType,
  zoneEgressInsightType,
  meshInsightType,
  serviceInsightType,
  tokenPublicKeyType,
  tokenRevocationsType,
  trustBundleType,
  virtualIpType,
  configType,
  zoneLivenessType,
  zoneWithdrawalType,
];
