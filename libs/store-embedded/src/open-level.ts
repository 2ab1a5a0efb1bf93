import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { MeshError } from '@weft/kernel';

/** The database: text keys, bytes as values. */
export type Level = ClassicLevel<string, Uint8Array>;

const OWNER_FILE = 'OWNER';

/** Opens the folder for this process alone. `store/unavailable` says who has it open, or why it cannot be used. */
export async function openLevel(path: string): Promise<Level> {
  const level: Level = new ClassicLevel(path, { keyEncoding: 'utf8', valueEncoding: 'view' });
  try {
    await mkdir(path, { recursive: true });
    await level.open();
  } catch (caught) {
    throw await explained(path, caught);
  }
  await writeFile(join(path, OWNER_FILE), `process ${process.pid} (${process.argv.slice(1, 3).join(' ')}), since ${new Date().toISOString()}\n`);
  return level;
}

async function explained(path: string, caught: unknown): Promise<MeshError> {
  const reason = caught instanceof Error && caught.cause instanceof Error ? caught.cause : caught;
  const code = reason instanceof Error && 'code' in reason ? reason.code : undefined;
  if (code === 'LEVEL_LOCKED') {
    const owner = await readFile(join(path, OWNER_FILE), 'utf8').catch(() => 'another process');
    return new MeshError('store/unavailable', `embedded store: "${path}" is open in ${owner.trim()}; stop that, or give this one another store.embedded.path`, { cause: caught });
  }
  const message = reason instanceof Error ? reason.message : String(reason);
  return new MeshError('store/unavailable', `embedded store: "${path}" cannot be opened: ${message}`, { cause: caught });
}
