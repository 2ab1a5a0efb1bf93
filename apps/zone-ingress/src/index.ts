export { startZoneIngress, type ZoneIngressConfig } from './start-zone-ingress.ts';
