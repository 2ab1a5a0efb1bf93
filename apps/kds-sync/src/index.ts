export type { KdsSyncConfig } from './kds-sync-config.ts';
export { startKdsSync, type KdsSyncPorts } from './start-kds-sync.ts';
