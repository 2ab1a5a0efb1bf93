export type { CaServiceConfig } from './ca-service-config.ts';
export { startCaService } from './start-ca-service.ts';
