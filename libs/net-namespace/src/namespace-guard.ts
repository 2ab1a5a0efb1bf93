import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { REMOVE_SCRIPT } from './clear-leftovers.ts';
import type { Owner } from './owner.ts';

/** Removes an owner's namespaces when it is told to, or when the owner ends. */
export interface NamespaceGuard {
  /** Removes all. Resolves when that is done. */
  remove(): Promise<void>;
}

/**
 * Starts a small shell that waits for the end of a pipe which only this process holds, and then removes what starts with the
 * owner's names. So there is one way of removal for a proper end, an uncaught error and SIGKILL.
 */
export function startNamespaceGuard(owner: Owner): NamespaceGuard {
  const script = `trap '' INT TERM HUP\nwhile IFS= read -r line; do :; done\n${REMOVE_SCRIPT}`;
  const shell = spawn('/bin/sh', ['-c', script, 'weft-netns', owner.namespacePrefix, owner.linkPrefix], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' });
  shell.unref();
  shell.stdin.on('error', () => undefined);
  const ended = once(shell, 'exit');
  return {
    remove: async () => {
      // A live reference keeps the process from ending before the removal has.
      shell.ref();
      shell.stdin.end();
      await ended;
    },
  };
}
