export type { AppPorts, Logger, RunningApp } from './app.ts';
export { newInstanceId } from './instance-id.ts';
export { createLogger, LOG_LEVELS, type LoggerOptions, type LogLevel } from './pino-logger.ts';
export { closeInReverse, watchSignals, type CloseOptions, type SignalSource, type SignalWatch, type Stoppable } from './shutdown.ts';
export { systemClock } from './system-clock.ts';
