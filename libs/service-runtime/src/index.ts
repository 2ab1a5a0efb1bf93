export type { AppPorts, Logger, RunningApp } from './app.ts';
export { CONFIG_KEYS, type ConfigKey, type ConfigKind, type ConfigValue } from './config/config-key.ts';
export { loadConfig, type ConfigSources, type LoadedConfig } from './config/load-config.ts';
export { newInstanceId } from './instance-id.ts';
export { LeasedWriter, type LeasedWriterOptions } from './leased-writer.ts';
export { createLogger, LOG_LEVELS, type LoggerOptions, type LogLevel } from './pino-logger.ts';
export { closeInReverse, watchSignals, type CloseOptions, type SignalSource, type SignalWatch, type Stoppable } from './shutdown.ts';
export { systemClock } from './system-clock.ts';
