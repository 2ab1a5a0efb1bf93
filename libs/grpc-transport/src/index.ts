export { rawStreams, type RawMethod } from './raw-service.ts';
export type { GrpcService, ProtocolOptions } from './both-protocols.ts';
export { startPlainServer, type PlainServer } from './plain-server.ts';
export { startSecureServer, type SecureServer, type SecureServerOptions, type ServerCertificate } from './secure-server.ts';
export { DEFAULT_LIMITS, type ServerLimits } from './server-limits.ts';
export { fromStatus, STATUS_BY_CODE, toStatus } from './status-codes.ts';
