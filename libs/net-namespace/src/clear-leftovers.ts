import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { ownerOfNamespace, type Owner } from './owner.ts';

const run = promisify(execFile);

/** Where iproute2 keeps the names of namespaces. */
export const NAMESPACES = '/run/netns';
/** Below here stand the files that a namespace's processes see in /etc. Source: ip-netns(8). */
export const NAMESPACE_FILES = '/etc/netns';

/**
 * Removes all that an owner made: `$1` starts the names of its namespaces, `$2` those of its links. Processes inside are killed,
 * again while new ones appear, since a namespace lives as long as a process in it. Run twice it finds nothing, which is fine.
 */
export const REMOVE_SCRIPT = `
for file in ${NAMESPACES}/"$1"*; do
  [ -e "$file" ] || continue
  name=\${file##*/}
  for round in 1 2 3 4 5; do
    pids=$(ip netns pids "$name" 2>/dev/null)
    [ -n "$pids" ] || break
    kill -9 $pids 2>/dev/null
  done
  ip netns del "$name" 2>/dev/null
  rm -rf "${NAMESPACE_FILES}/$name"
done
for file in /sys/class/net/"$2"*; do
  [ -e "$file" ] && ip link del "\${file##*/}" 2>/dev/null
done
rmdir ${NAMESPACE_FILES} 2>/dev/null
true`;

/** Removes what owners left that are no more, for example after a SIGKILL of one and its guard. Gives the namespaces' names. */
export async function clearLeftovers(): Promise<readonly string[]> {
  const names = existsSync(NAMESPACES) ? readdirSync(NAMESPACES) : [];
  const dead = new Map<string, Owner>();
  const cleared = names.filter((name) => {
    const owner = ownerOfNamespace(name);
    if (owner === undefined || owner.alive) return false;
    dead.set(owner.namespacePrefix, owner);
    return true;
  });
  for (const owner of dead.values()) await run('/bin/sh', ['-c', REMOVE_SCRIPT, 'weft-netns', owner.namespacePrefix, owner.linkPrefix]);
  return cleared;
}
