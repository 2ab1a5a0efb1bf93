export { ADMIN_CLUSTER, healthCheckSpecifier, type ProbedProxy, type ProbeSettings } from './health-check-specifier.ts';
export { PROXY_DRAINS, PROXY_STARTED, type HealthFinding, type Vitality } from './health-finding.ts';
export { parseHealthMessage, type HealthMessage, type HealthReport } from './health-message.ts';
export { HealthSession, type HealthEffect, type HealthEvent } from './health-session.ts';
export { outOfRotation, withFinding } from './inbound-health.ts';
