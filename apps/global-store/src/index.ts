export { isFederatedZone, type AccessList, type GlobalStoreConfig, type ListenerConfig, type StaticAccess } from './config.ts';
export { startGlobalStore, type GlobalStorePorts } from './start-global-store.ts';
