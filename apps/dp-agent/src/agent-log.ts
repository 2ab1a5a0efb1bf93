/** Says what the agent does, one line a time, in plain words. */
export interface AgentLog {
  info(text: string): void;
  warn(text: string): void;
  /** A line that Envoy wrote. */
  envoy(line: string): void;
}

/** A log whose lines go to `write`, each with the time in front. */
export function agentLog(write: (line: string) => void, now: () => Date): AgentLog {
  const line = (level: string, text: string): void => write(`${now().toISOString()} ${level} ${text}\n`);
  return {
    info: (text) => line('INFO ', text),
    warn: (text) => line('WARN ', text),
    envoy: (text) => line('ENVOY', text),
  };
}
