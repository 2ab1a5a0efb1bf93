import { spawn } from 'node:child_process';

/**
 * Reads process ids from standard input, an empty line taking the last one back. When the input ends, it kills what is left
 * and removes the folder named by its argument (none: keeps it).
 */
const SCRIPT = `trap '' INT TERM HUP
while IFS= read -r line; do pid=$line; done
[ -n "$pid" ] && kill -9 "$pid"
[ -n "$1" ] && rm -rf -- "$1"
exit 0`;

/** Keeps Envoy from outliving its agent. */
export interface EnvoyGuard {
  /** Tells which process to kill should the agent die; undefined: none. */
  watch(pid: number | undefined): void;
  /** Lets go: nothing is left to kill. */
  release(): void;
}

/**
 * Starts a small shell that waits for the end of a pipe which only the agent holds. However the agent ends, also by SIGKILL,
 * the system closes the pipe, and the shell kills Envoy and removes the temporary work folder.
 */
export function startEnvoyGuard(temporaryDir: string | undefined): EnvoyGuard {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'weft-dp-guard', temporaryDir ?? ''], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' });
  shell.unref();
  // Without a shell there is no guard; the next agent's sweep is what remains.
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  const tell = (line: string): void => { shell.stdin.write(`${line}\n`); };
  return {
    watch: (pid) => tell(pid === undefined ? '' : String(pid)),
    release: () => { shell.stdin.end('\n'); },
  };
}
