/** Stops a timer; calling it again does nothing. */
export type Cancel = () => void;

/** Time as a port, so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Runs `task` once after `delayMs`. Does not keep the process alive. */
  after(delayMs: number, task: () => void): Cancel;
}
