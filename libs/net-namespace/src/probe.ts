import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MeshError, err, ok, type Result } from '@weft/kernel';
import { thisOwner } from './owner.ts';

const run = promisify(execFile);

/** True where this process may make network namespaces that are joined by links; else why not, and what would help. */
export async function probeNetNamespaces(): Promise<Result<true, string>> {
  if (process.platform !== 'linux') return err(`network namespaces exist only on Linux, not on ${process.platform}`);
  if (process.getuid?.() !== 0) return err('making network namespaces needs root, or user namespaces with subordinate user ids (Debian package uidmap, and /etc/subuid)');
  for (const program of ['ip', 'setpriv']) {
    if (!(await works(program, ['--version']))) return err(`the program ${program} is missing; install iproute2 and util-linux`);
  }
  const name = `${thisOwner().namespacePrefix}probe`;
  try {
    await run('ip', ['netns', 'add', name]);
    await run('ip', ['-n', name, 'link', 'add', 'probe0', 'type', 'veth', 'peer', 'name', 'probe1']);
    return ok(true);
  } catch (error) {
    return err(`the kernel does not permit it: ${MeshError.from(error).message.trim().split('\n').at(-1) ?? ''}`);
  } finally {
    await run('ip', ['netns', 'del', name]).catch(() => undefined);
  }
}

async function works(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, [...args]).then(() => true, (error: unknown) => (error as NodeJS.ErrnoException).code !== 'ENOENT');
}
