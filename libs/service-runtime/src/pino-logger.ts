import { pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from 'pino';
import type { Logger } from './app.ts';
import { plainLine } from './plain-line.ts';

/** Least severe line that is written. `off` writes none. Kuma knows `off`, `info` and `debug`; the rest is finer. */
export type LogLevel = 'off' | 'error' | 'warn' | 'info' | 'debug';

/** The names of {@link LogLevel}, quietest first. */
export const LOG_LEVELS: readonly LogLevel[] = ['off', 'error', 'warn', 'info', 'debug'];

/** Settings of {@link createLogger}. */
export interface LoggerOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** `plain`: one line of words for a person. `json`: one JSON object per line. Default: plain on a terminal. */
  readonly format?: 'plain' | 'json';
  /** Where lines go. Default: standard error. */
  readonly destination?: DestinationStream & { readonly isTTY?: boolean };
  /** Fields of every line, e.g. the instance. */
  readonly fields?: object;
}

/** A {@link Logger} on pino. An `err` field is written with its message, code and stack; `Sensitive` values show as `*****`. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const destination = options.destination ?? process.stderr;
  const format = options.format ?? (destination.isTTY === true ? 'plain' : 'json');
  const colour = destination.isTTY === true;
  const stream: DestinationStream = format === 'json' ? destination : { write: (line) => void destination.write(plainLine(line, colour)) };
  const level = options.level === 'off' ? 'silent' : (options.level ?? 'info');
  const settings = {
    level,
    base: { ...options.fields },
    messageKey: 'message',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(settings, stream) satisfies PinoLogger;
}
