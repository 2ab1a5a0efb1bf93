export { runXdsServer, type FeedHandle, type FeedListener, type XdsServerParts, type XdsServerPorts } from './run-xds-server.ts';
export { startXdsServer } from './start-xds-server.ts';
export type { XdsServerConfig } from './xds-server-config.ts';
