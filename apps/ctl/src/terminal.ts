import type { Readable, Writable } from 'node:stream';

/** Where a command reads from and writes to; tests give their own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** All of standard input as text. */
export async function readStdin(terminal: Terminal): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of terminal.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

/** What a stream says of itself where it is a terminal. */
interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Whether output goes to a person's terminal, where it can be drawn over. */
export function isScreen({ stdout, env }: Terminal): boolean {
  return (stdout as Screen).isTTY === true && env['TERM'] !== 'dumb';
}

/** Columns of the terminal; undefined where output goes to a file or a pipe. */
export function screenWidth(terminal: Terminal): number | undefined {
  return isScreen(terminal) ? (terminal.stdout as Screen).columns : undefined;
}

/** Lines of the terminal, 24 where it does not say. */
export function screenHeight({ stdout }: Terminal): number {
  return (stdout as Screen).rows ?? 24;
}
