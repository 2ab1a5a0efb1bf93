import { spawn } from 'node:child_process';

/**
 * Reads lines from standard input: `+<pid>` to guard a process, `-<pid>` to let it go, `release` to let all go. When the input
 * ends, kills what is guarded and removes the folder named by its argument (none: removes nothing).
 */
const SCRIPT = `trap '' INT TERM HUP
pids=
while IFS= read -r line; do
  case $line in
    +*) pids="$pids \${line#+}" ;;
    -*) kept=; for pid in $pids; do [ "$pid" = "\${line#-}" ] || kept="$kept $pid"; done; pids=$kept ;;
    release) exit 0 ;;
  esac
done
for pid in $pids; do kill -9 "$pid"; done
[ -n "$1" ] && rm -rf -- "$1"
exit 0`;

/** Keeps processes from outliving the one that started them. */
export interface ProcessGuard {
  /** Guards a process; undefined (it did not start) is ignored. */
  watch(pid: number | undefined): void;
  /** Lets a process go: call it as soon as that has ended, since its id may be given to another. */
  forget(pid: number | undefined): void;
  /** Lets all go and ends the guard. */
  release(): void;
}

/**
 * Starts a small shell that waits for the end of a pipe which only this process holds. However this process ends, also by
 * SIGKILL, the system closes the pipe, and the shell kills what is guarded and removes `temporaryDir`.
 */
export function startProcessGuard(temporaryDir: string | undefined): ProcessGuard {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'weft-guard', temporaryDir ?? ''], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' });
  shell.unref();
  // Without a shell there is no guard; what is left then is told in the README.
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  const tell = (line: string): void => { shell.stdin.write(`${line}\n`); };
  return {
    watch: (pid) => { if (pid !== undefined) tell(`+${pid}`); },
    forget: (pid) => { if (pid !== undefined) tell(`-${pid}`); },
    release: () => { shell.stdin.end('release\n'); },
  };
}
