import { MeshError } from '@weft/kernel';
import type { InstallerLog } from './installer-log.ts';

/** Refuses to go on without root, or off Linux; a dry run only warns. `command` is what to run instead, after `sudo`. */
export function requireRoot(log: InstallerLog, options: { readonly dryRun: boolean; readonly command: string }): void {
  if (process.platform !== 'linux' && !options.dryRun) throw new MeshError('request/unsupported', 'transparent proxy is supported only on Linux systems');
  if (process.getuid?.() === 0) return;
  if (!options.dryRun) throw new MeshError('auth/denied', `you need to have root privileges to run this command. Run: sudo ${options.command} (or see with --dry-run what it would do)`);
  log.warn('[dry-run]: running this command as a non-root user may lead to unpredictable results');
}
