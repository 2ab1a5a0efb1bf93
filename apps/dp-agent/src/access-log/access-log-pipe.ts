import { execFile } from 'node:child_process';
import { constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { LogConnection } from './log-connection.ts';
import { readAccessLogLine } from './access-log-line.ts';

/** Receivers beyond this many are a mistake of the configuration; their lines are dropped. */
const MOST_RECEIVERS = 64;
/** Without its ending: a path must fit into the address of a socket. Source: Kuma 2.14. */
const LONGEST = 98;

/** Where Envoy writes access logs for TCP backends. */
export function accessLogPipePath(workDir: string, name: string, mesh: string): string {
  return `${`${workDir}/kuma-al-${name}-${mesh}`.slice(0, LONGEST)}.sock`;
}

/** A pipe that is read. */
export interface AccessLogPipe {
  close(): void;
}

/**
 * Makes the named pipe into which Envoy writes access logs for TCP backends, and forwards each line to its receiver. It is there
 * before Envoy starts, as Envoy waits for a reader when it opens it. Rejects where no pipe can be made.
 */
export async function openAccessLogPipe(path: string, onTrouble: (text: string) => void): Promise<AccessLogPipe> {
  rmSync(path, { force: true });
  await promisify(execFile)('mkfifo', ['-m', '600', path]);
  // Opened for both ways, so that it never ends while Envoys come and go.
  const pipe = new Socket({ fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK), readable: true, writable: false });
  const receivers = new Map<string, LogConnection>();
  createInterface({ input: pipe }).on('line', (line) => {
    const entry = readAccessLogLine(line);
    if (entry === undefined) return;
    const key = `${entry.host}:${entry.port}`;
    if (!receivers.has(key) && receivers.size >= MOST_RECEIVERS) return;
    const receiver = receivers.get(key) ?? new LogConnection({ host: entry.host, port: entry.port, onTrouble });
    receivers.set(key, receiver);
    receiver.write(entry.text);
  });
  pipe.on('error', (error) => onTrouble(`access log pipe: ${error.message}`));
  return { close: () => { pipe.destroy(); for (const receiver of receivers.values()) receiver.close(); } };
}
