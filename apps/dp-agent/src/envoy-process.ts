import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A running Envoy. */
export interface EnvoyProcess {
  readonly pid: number | undefined;
  /** Resolves when it has ended, with why in plain words and the last lines that it wrote. Never rejects. */
  readonly ended: Promise<{ readonly how: string; readonly lastWords: readonly string[] }>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** How Envoy is started. `drainTimeMs` bounds how long a listener that drains keeps its connections. */
export interface EnvoyOptions {
  readonly binary: string;
  readonly bootstrapFile: string;
  readonly drainTimeMs: number;
  readonly concurrency: number | undefined;
  readonly logLevel: string | undefined;
  /** As Envoy takes it, e.g. `upstream:debug`. Where neither level is given: `main:warning`. */
  readonly componentLogLevel: string | undefined;
  /** Hears each line that Envoy writes. */
  readonly onLine: (line: string) => void;
}

/** Command line of Envoy. Without hot restart it needs no base id and leaves no shared memory, so any number may share a host. */
export function envoyArguments(options: EnvoyOptions): readonly string[] {
  return [
    '--config-path', options.bootstrapFile,
    '--drain-time-s', String(Math.max(1, Math.round(options.drainTimeMs / 1000))),
    '--disable-hot-restart',
    // Access logs are read by people and by tests while they wait: Envoy's own pause is 10 s.
    '--file-flush-interval-msec', '1000',
    ...(options.concurrency === undefined ? [] : ['--concurrency', String(options.concurrency)]),
    ...(options.logLevel === undefined ? [] : ['--log-level', options.logLevel]),
    ...componentLogLevel(options),
  ];
}

/** What Envoy's start writes at level info is its list of extensions: 90 long lines that hide what matters. */
function componentLogLevel({ logLevel, componentLogLevel }: EnvoyOptions): readonly string[] {
  const levels = componentLogLevel ?? (logLevel === undefined ? 'main:warning' : undefined);
  return levels === undefined ? [] : ['--component-log-level', levels];
}

/** Starts Envoy in a session of its own, so that Ctrl-C reaches only the agent, which then drains it. */
export function startEnvoyProcess(options: EnvoyOptions): EnvoyProcess {
  const child = spawn(options.binary, envoyArguments(options), { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const lastWords: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lastWords.push(line);
      if (lastWords.length > 10) lastWords.shift();
      options.onLine(line);
    });
  }
  const ended = new Promise<{ how: string; lastWords: readonly string[] }>((resolve) => {
    child.on('error', (error) => resolve({ how: `does not start: ${error.message}`, lastWords }));
    child.on('close', (code, signal) => resolve({ how: signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`, lastWords }));
  });
  return { pid: child.pid, ended, kill: (signal) => { child.kill(signal); } };
}
