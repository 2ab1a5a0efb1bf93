import type { Bus } from '@weft/bus';
import type { Clock } from '@weft/kernel';

/** A structured logger: fields first, then a message in plain words. Fields must not hold secrets. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A logger that adds `fields` to each line. */
  child(fields: object): Logger;
}

/** What every app of the control plane is given. An app is a function of its ports; which adapters stand behind them is configuration. */
export interface AppPorts<Config> {
  /** The parts of the configuration tree that the app reads; key names are those of reference/config-and-cli.md, durations in milliseconds. */
  readonly config: Config;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  /** Unique name of this process among the replicas of its app. */
  readonly instance: string;
}

/** An app that was started. */
export interface RunningApp {
  /** Name of the app's folder, e.g. `xds-server`. */
  readonly name: string;
  /** True once it serves and has applied the feed's head; may turn false again, e.g. while the bus is away at the start. */
  isReady(): boolean;
  /** Resolves when {@link isReady} first turns true. */
  readonly ready: Promise<void>;
  /** Where it listens, for the log and for tests: role to `host:port`. */
  readonly addresses: Readonly<Record<string, string>>;
  /** How many things of each kind it keeps in memory, by a name in snake_case; for metrics, and for tests that look for what was forgotten. */
  held?(): Readonly<Record<string, number>>;
  /** Stops serving, finishes what it holds, and releases everything. */
  close(): Promise<void>;
}
