import { readFileSync } from 'node:fs';

/** Every namespace made here is called `weft-<pid>-<start>-<label>`; the start time tells a process from a later one with its id. */
const OWNED = /^weft-(\d+)-([0-9a-z]+)-/;

/** The process to which namespaces and links belong. */
export interface Owner {
  /** First part of its namespaces' names, with the closing dash. */
  readonly namespacePrefix: string;
  /** First part of its links' names in the namespace of the machine, with the closing dash. */
  readonly linkPrefix: string;
}

/** This process as an owner. */
export function thisOwner(): Owner {
  return ownerOf(process.pid, startTimeOf(process.pid) ?? '0');
}

/** The owner by whose name a namespace is called; undefined: it is none of ours. */
export function ownerOfNamespace(name: string): (Owner & { readonly alive: boolean }) | undefined {
  const [, pid, start] = OWNED.exec(name) ?? [];
  if (pid === undefined || start === undefined) return undefined;
  return { ...ownerOf(Number(pid), start), alive: startTimeOf(Number(pid)) === start };
}

function ownerOf(pid: number, start: string): Owner {
  return { namespacePrefix: `weft-${pid}-${start}-`, linkPrefix: `wn${pid}-` };
}

/** When a process began, in the kernel's ticks since boot, base 36; undefined: there is none. Source: proc(5), field 22 of stat. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]).toString(36);
  } catch {
    return undefined;
  }
}
