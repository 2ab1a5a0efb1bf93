import { setTimeout as pause } from 'node:timers/promises';
import { MeshError } from '@weft/kernel';
import { familiesOf, restoreText, type Family, type TransparentProxyConfig } from '@weft/transparent-proxy';
import type { CliContext } from '../../context.ts';
import { findHostFacts } from './host-facts.ts';
import { installerLog, type InstallerLog } from './installer-log.ts';
import { choosePrograms, everyVariant, type IptablesPrograms } from './iptables-programs.ts';
import { addIpv6Source, ipv6Usable } from './ipv6-loopback.ts';
import { removeRules } from './remove-rules.ts';
import { requireRoot } from './require-root.ts';
import { runProgram } from './run-program.ts';

/** `weftctl install transparent-proxy`. */
export async function installTransparentProxy(context: CliContext, config: TransparentProxyConfig): Promise<void> {
  const log = installerLog(context.terminal);
  requireRoot(log, { dryRun: config.dryRun, command: 'weftctl install transparent-proxy' });
  refuseUnbuilt(config);
  const programs = await programsOf(config, context, log);
  const facts = await findHostFacts(config, programs, (text) => log.warn(text));
  const texts = programs.map((one) => ({ programs: one, text: restoreText(config, familyOf(config, one), facts) }));
  if (config.dryRun) return log.print(texts.map(({ programs: { family }, text }) => `### ${family} ###\n\n${text}`).join('\n'));
  for (const one of await withFormer(programs, context)) await removeRules(one, log, { dryRun: false });
  await applyAll(texts, config, log);
  log.say('transparent proxy setup completed successfully. You can now run weft-dp with --transparent-proxy as the user that the rules leave alone');
}

interface FamilyRules {
  readonly programs: IptablesPrograms;
  readonly text: string;
}

/** Sets the rules of all families; should one fail, those set before are taken away again. */
async function applyAll(texts: readonly FamilyRules[], config: TransparentProxyConfig, log: InstallerLog): Promise<void> {
  const done: IptablesPrograms[] = [];
  try {
    for (const { programs, text } of texts) {
      if (programs.family === 'IPv6') await addIpv6Source();
      await applyRules(programs, text, { config, log });
      done.push(programs);
    }
  } catch (error) {
    for (const one of done) await removeRules(one, log, { dryRun: false });
    throw error;
  }
}

async function applyRules({ name, restore }: IptablesPrograms, text: string, { config, log }: { readonly config: TransparentProxyConfig; readonly log: InstallerLog }): Promise<void> {
  const { wait, waitInterval, retry } = config;
  const args = ['--noflush', ...(wait > 0 ? [`--wait=${wait}`] : []), ...(waitInterval > 0 ? [`--wait-interval=${waitInterval}`] : [])];
  for (let attempt = 0; ; attempt++) {
    const result = await runProgram(restore, args, text);
    if (result.code === 0) break;
    const words = result.stderr.trim() === '' ? `exit code ${String(result.code)}` : result.stderr.trim();
    if (attempt >= retry.maxRetries) throw new MeshError('config/invalid', `${name}-restore failed ${attempt + 1} times, nothing is redirected: ${words}. The kernel must have the nat table and the owner match`);
    log.warn(`${name}-restore failed, next try in ${retry.sleepBetweenRetries} ms: ${words}`);
    await pause(retry.sleepBetweenRetries);
  }
  log.say('rules set:', name);
  log.print(text);
}

/** One set of programs for each family that can be used. With both asked for, IPv6 may be missing. */
async function programsOf(config: TransparentProxyConfig, context: CliContext, log: InstallerLog): Promise<readonly IptablesPrograms[]> {
  const found: IptablesPrograms[] = [];
  for (const { name } of familiesOf(config)) {
    const programs = await choosePrograms(name, config.iptablesExecutables, context.terminal.env);
    if (name === 'IPv6' && config.ipFamilyMode === 'dualstack' && (programs === undefined || !ipv6Usable())) log.warn('IPv6 cannot be used here: only IPv4 is redirected');
    else if (programs === undefined) throw new MeshError('config/invalid', `${name === 'IPv4' ? 'iptables' : 'ip6tables'}, its -save and its -restore are not installed: install the package iptables, or name them with --iptables-executables`);
    else found.push(programs);
  }
  return found;
}

/** The chosen programs, and every variant that could hold rules of an earlier installation. */
async function withFormer(chosen: readonly IptablesPrograms[], context: CliContext): Promise<readonly IptablesPrograms[]> {
  const all = await everyVariant(context.terminal.env);
  return [...chosen, ...all.filter(({ save }) => !chosen.some((one) => one.save === save))];
}

function familyOf(config: TransparentProxyConfig, programs: IptablesPrograms): Family {
  const family = familiesOf(config).find(({ name }) => name === programs.family);
  if (family === undefined) throw new MeshError('internal/bug', `no family ${programs.family} in mode ${config.ipFamilyMode}`);
  return family;
}

function refuseUnbuilt(config: TransparentProxyConfig): void {
  const refuse = (what: string): never => { throw new MeshError('request/unsupported', `${what} is not supported: leave it out, and traffic is redirected by iptables`); };
  if (config.ebpf.enabled) refuse('--ebpf-enabled');
  if (config.storeFirewalld) refuse('--store-firewalld');
  if (config.cniMode) refuse('cniMode');
}
