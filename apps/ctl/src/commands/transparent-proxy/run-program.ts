import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** What came of a program. `code` is undefined where it could not be started. */
export interface ProgramResult {
  readonly code: number | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with text for its standard input. Never rejects. */
export async function runProgram(path: string, args: readonly string[], input = ''): Promise<ProgramResult> {
  const child = spawn(path, [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number | null | Error>((resolve) => {
    child.once('error', resolve);
    child.once('close', resolve);
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return code instanceof Error ? { code: undefined, stdout, stderr: code.message } : { code, stdout, stderr };
}
