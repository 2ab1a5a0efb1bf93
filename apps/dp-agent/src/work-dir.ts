import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MeshError } from '@weft/kernel';

const PREFIX = 'weft-dp-';
const OWNER = 'agent.pid';
/** Envoy's sockets get names of up to 28 characters here, and a Unix socket's path may have 107. */
const LONGEST = 76;

/** The folder for an agent's files: bootstrap, token, sockets. Private to this user. */
export interface WorkDir {
  readonly path: string;
  /** True when the agent made it and removes it at the end. */
  readonly temporary: boolean;
  /** Removes what the agent put there; of a folder that was given, everything but those files stays. Synchronous, so that it also works on the way out. */
  remove(): void;
}

/** Makes (or takes) the work folder. Rejects with `config/invalid` when its path is too long for sockets. */
export async function openWorkDir(given: string | undefined): Promise<WorkDir> {
  const path = given === undefined ? await mkdtemp(join(tmpdir(), PREFIX)) : resolve(given);
  if (path.length > LONGEST) throw new MeshError('config/invalid', `The work folder ${path} is ${path.length} characters long; Unix sockets allow ${LONGEST}. Name a shorter one with --work-dir.`);
  await mkdir(path, { recursive: true, mode: 0o700 });
  await writeFile(join(path, OWNER), String(process.pid), { mode: 0o600 });
  return { path, temporary: given === undefined, remove: () => removeFiles(path, given === undefined) };
}

function removeFiles(path: string, temporary: boolean): void {
  if (temporary) {
    rmSync(path, { recursive: true, force: true });
    return;
  }
  const ours = (name: string): boolean => name === OWNER || name === 'bootstrap.yaml' || name === 'token' || (name.startsWith('kuma-') && name.endsWith('.sock'));
  for (const name of existsSync(path) ? readdirSync(path).filter(ours) : []) rmSync(join(path, name), { force: true });
}

/**
 * Removes temporary work folders of this user whose agent is gone. Normally the guard of a killed agent has done that already
 * (see process-guard.ts); this covers the case that both were killed. Returns the folders that it removed.
 */
export function sweepStaleWorkDirs(): readonly string[] {
  const stale = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX)).map((name) => join(tmpdir(), name)).filter(isAbandoned);
  for (const path of stale) rmSync(path, { recursive: true, force: true });
  return stale;
}

function isAbandoned(path: string): boolean {
  try {
    // Whoever may read the folders of others may still not remove them.
    if (lstatSync(path).uid !== process.getuid?.()) return false;
    const owner = Number(readFileSync(join(path, OWNER), 'utf8'));
    return Number.isInteger(owner) && owner > 0 && !isAlive(owner);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
