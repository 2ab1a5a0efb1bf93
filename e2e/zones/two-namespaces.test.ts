import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

/** The commands of the page, which are one block of `sh`. */
function commands(): string {
  const [, block] = /## Two zones in two network namespaces[^]*?```sh\n([^]*?)```/.exec(readFileSync(join(ROOT, 'docs', 'multi-zone.md'), 'utf8')) ?? [];
  if (block === undefined) throw new Error('docs/multi-zone.md has no commands for two namespaces');
  return block;
}

// In namespaces of its own for networks, mounts and processes: ports and names do not meet others, and with the shell everything ends.
it('the commands of docs/multi-zone.md make two zones, one of which reaches a service of the other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-two-zones-'));
  writeFileSync(join(folder, 'run.sh'), `set -e\nmkdir -p /run/netns\nmount -t tmpfs tmpfs /run/netns\nip link set lo up\n${commands()}`);
  const shell = spawn('unshare', ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'bash', 'run.sh'], {
    cwd: folder, env: { ...process.env, PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`, WEFTCTL_CONFIG: join(folder, 'ctl.yaml') },
  });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  try {
    await expect.poll(() => output, { timeout: 150_000 }).toContain('hello from east');
    await expect.poll(() => output, { timeout: 20_000 }).toMatch(/web-1-\S+ +SYNCED/);
  } finally {
    shell.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
