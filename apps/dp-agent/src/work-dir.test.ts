import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { sweepStaleWorkDirs } from './work-dir.ts';

const made: string[] = [];

afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A work folder of a process that has ended. */
function abandoned(): string {
  const path = mkdtempSync(join(tmpdir(), 'weft-dp-'));
  made.push(path);
  writeFileSync(join(path, 'agent.pid'), String(spawnSync(process.execPath, ['-e', '']).pid));
  return path;
}

it('removes folders whose agent is gone, and no others', () => {
  const [stale, alive] = [abandoned(), abandoned()];
  writeFileSync(join(alive, 'agent.pid'), String(process.pid));
  expect(sweepStaleWorkDirs()).toContain(stale);
  expect([existsSync(stale), existsSync(alive)]).toEqual([false, true]);
});

it.skipIf(process.getuid?.() !== 0)('leaves folders of other users (needs root, to make one)', () => {
  const path = abandoned();
  chownSync(path, 12_345, 12_345);
  expect(sweepStaleWorkDirs()).not.toContain(path);
  expect(existsSync(path)).toBe(true);
});
