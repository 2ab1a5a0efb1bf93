import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { MeshError } from '@weft/kernel';
import type { Family } from '@weft/transparent-proxy';
import { runProgram } from './run-program.ts';

/** The three programs of one family and one variant. */
export interface IptablesPrograms {
  readonly family: Family['name'];
  /** As the programs are called here: `iptables`, `iptables-nft`, `ip6tables-legacy`, … */
  readonly name: string;
  readonly iptables: string;
  readonly save: string;
  readonly restore: string;
}

const FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin', '/usr/bin', '/bin', '/usr/local/bin'];
/** The distribution's choice first. */
const VARIANTS = ['', '-nft', '-legacy'];

/** Every set that is installed, of both families; one that stands there under two names counts once. */
export async function everyVariant(env: NodeJS.ProcessEnv): Promise<readonly IptablesPrograms[]> {
  const found = new Map<string, IptablesPrograms>();
  for (const one of (['IPv4', 'IPv6'] as const).flatMap((family) => installedPrograms(family, env))) {
    const version = (await runProgram(one.iptables, ['--version'])).stdout;
    const key = `${one.family} ${version.includes('nf_tables') ? 'nft' : 'legacy'}`;
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}

/** All complete sets of a family that are installed; the same programs under two names count twice. */
function installedPrograms(family: Family['name'], env: NodeJS.ProcessEnv): readonly IptablesPrograms[] {
  const base = baseOf(family);
  const find = (name: string): string | undefined => [...(env['PATH'] ?? '').split(':'), ...FOLDERS].filter((folder) => folder !== '').map((folder) => join(folder, name)).find(isExecutable);
  return VARIANTS.flatMap((variant) => {
    const [iptables, save, restore] = ['', '-save', '-restore'].map((part) => find(`${base}${variant}${part}`));
    return iptables === undefined || save === undefined || restore === undefined ? [] : [{ family, name: `${base}${variant}`, iptables, save, restore }];
  });
}

/**
 * The programs to set rules with: those that were named; else the distribution's choice, unless only another variant holds rules of
 * the nat table, since rules of both variants in one kernel are hard to reason about. Undefined: none is installed.
 */
export async function choosePrograms(family: Family['name'], named: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): Promise<IptablesPrograms | undefined> {
  const chosen = namedPrograms(family, named);
  if (chosen !== undefined) return chosen;
  const installed = installedPrograms(family, env);
  const first = installed[0];
  if (first === undefined || await holdsNatRules(first)) return first;
  for (const other of installed.slice(1)) if (await holdsNatRules(other)) return other;
  return first;
}

function namedPrograms(family: Family['name'], named: Readonly<Record<string, string>>): IptablesPrograms | undefined {
  const base = baseOf(family);
  const [iptables, save, restore] = ['', '-save', '-restore'].map((part) => named[`${base}${part}`]);
  const given = [iptables, save, restore].filter((path) => path !== undefined);
  if (given.length === 0) return undefined;
  if (iptables === undefined || save === undefined || restore === undefined) throw new MeshError('config/invalid', `--iptables-executables: give all three of ${base}, ${base}-save and ${base}-restore, or none`);
  const missing = given.find((path) => !isExecutable(path));
  if (missing !== undefined) throw new MeshError('config/invalid', `--iptables-executables: ${missing} cannot be executed`);
  return { family, name: base, iptables, save, restore };
}

/** Asks for all tables: naming one would make it, where the variant has none yet. */
async function holdsNatRules({ save }: IptablesPrograms): Promise<boolean> {
  const [, nat = ''] = (await runProgram(save, [])).stdout.split('*nat\n');
  return nat.split('COMMIT')[0]?.includes('\n-A ') ?? false;
}

function baseOf(family: Family['name']): string {
  return family === 'IPv4' ? 'iptables' : 'ip6tables';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
