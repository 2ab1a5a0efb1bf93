export { startNatsServer, type NatsServer } from './nats-server.ts';
export { startRedisServer, type RedisServer } from './redis-server.ts';
export { freePort, startProcess, tempDir, waitFor, type ProcessOptions, type StartedProcess } from './start-process.ts';
