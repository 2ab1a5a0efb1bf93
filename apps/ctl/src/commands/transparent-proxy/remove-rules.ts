import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MeshError } from '@weft/kernel';
import { removalOf } from '@weft/transparent-proxy';
import type { InstallerLog } from './installer-log.ts';
import type { IptablesPrograms } from './iptables-programs.ts';
import { runProgram } from './run-program.ts';

/** Takes the rules of a transparent proxy away, from one family and variant. True: there were some. With `dryRun` it only says how. */
export async function removeRules(programs: IptablesPrograms, log: InstallerLog, options: { readonly dryRun: boolean }): Promise<boolean> {
  const { name, save, restore } = programs;
  const saved = await runProgram(save, []);
  if (saved.code !== 0) throw new MeshError('config/invalid', `${name}-save failed, so it is unknown which rules there are: ${saved.stderr.trim()}`);
  const removal = removalOf(saved.stdout);
  if (removal.kind === 'nothing') return false;
  if (removal.kind === 'unmarked') throw new MeshError('config/invalid', `${name} holds chains KUMA_MESH_* whose rules carry no comments (installed with --disable-comments), so they cannot be told from those of others: remove them by hand, see ${name}-save`);
  if (options.dryRun) {
    log.print(`${removal.text}\n`);
    return true;
  }
  const tested = await runProgram(restore, ['--noflush', '--test'], removal.text);
  if (tested.code !== 0) throw new MeshError('config/invalid', `${name}-restore does not accept the removal, so nothing was changed: ${tested.stderr.trim()}`);
  const backup = join(tmpdir(), `${name}-rules.${new Date().toISOString().replace(/[:.]/g, '-')}.txt.backup`);
  writeFileSync(backup, saved.stdout, { mode: 0o600 });
  log.say(`the rules before are kept in ${backup}`, name);
  const removed = await runProgram(restore, ['--noflush'], removal.text);
  if (removed.code === 0) return true;
  await runProgram(restore, [], saved.stdout);
  throw new MeshError('config/invalid', `${name}-restore failed, the rules before were put back: ${removed.stderr.trim()}`);
}
