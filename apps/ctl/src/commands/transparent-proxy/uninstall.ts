import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { MeshError } from '@weft/kernel';
import type { CliContext } from '../../context.ts';
import { installerLog, type InstallerLog } from './installer-log.ts';
import { everyVariant } from './iptables-programs.ts';
import { removeIpv6Source } from './ipv6-loopback.ts';
import { removeRules } from './remove-rules.ts';
import { requireRoot } from './require-root.ts';

/** Older installers of Kuma rewrote resolv.conf and kept the original here. */
const RESOLV_CONF = '/etc/resolv.conf';
const RESOLV_CONF_BACKUP = `${RESOLV_CONF}.kuma-backup`;

/** Flags of `uninstall transparent-proxy`. */
export interface UninstallFlags {
  readonly dryRun?: boolean;
  readonly ebpfEnabled?: boolean;
}

/** `weftctl uninstall transparent-proxy`: both families, both variants of iptables. */
export async function uninstallTransparentProxy(context: CliContext, flags: UninstallFlags): Promise<void> {
  const log = installerLog(context.terminal);
  const dryRun = flags.dryRun === true;
  requireRoot(log, { dryRun, command: 'weftctl uninstall transparent-proxy' });
  if (flags.ebpfEnabled === true) throw new MeshError('request/unsupported', '--ebpf-enabled is not supported: this program never installs eBPF programs');
  const programs = await everyVariant(context.terminal.env);
  if (programs.length === 0) throw new MeshError('config/invalid', 'iptables is not installed, so there is nothing that could be asked for rules');
  let found = false;
  for (const one of programs) found = await removeRules(one, log, { dryRun }) || found;
  if (!found) return log.say('no transparent proxy rules detected. No cleanup necessary');
  if (dryRun) return;
  await removeIpv6Source();
  putResolvConfBack(log);
  log.say('transparent proxy cleanup completed successfully');
}

function putResolvConfBack(log: InstallerLog): void {
  if (!existsSync(RESOLV_CONF_BACKUP)) return;
  const content = readFileSync(RESOLV_CONF_BACKUP, 'utf8');
  writeFileSync(RESOLV_CONF, content);
  log.say(`${RESOLV_CONF} is again that of ${RESOLV_CONF_BACKUP}:`);
  log.print(content);
}
