import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Terminal } from '../terminal.ts';
import { isPortFree, type MachineFacts } from './machine-checks.ts';

/** What is true of the machine that this program runs on. */
export function machineFacts({ env }: Terminal): MachineFacts {
  return {
    nodeVersion: process.version,
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    openFiles: openFiles(),
    find: (program) => {
      const given = program === 'envoy' ? env['ENVOY_PATH'] : undefined;
      const folders = [...(env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].filter((folder) => folder !== '');
      return [...(given === undefined ? [] : [given]), ...folders.map((folder) => join(folder, program))].find(isExecutable);
    },
    isFree: isPortFree,
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function openFiles(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}
