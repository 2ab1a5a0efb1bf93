import { expect, test, vi } from 'vitest';
import { createProgram } from './cli.ts';
import { startLines } from './start-lines.ts';
import { readConfig } from './read-config.ts';

async function words(args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const program = createProgram();
  for (const command of [program, ...program.commands]) command.exitOverride().configureOutput({ writeOut: (text) => void lines.push(text), writeErr: (text) => void lines.push(text) });
  const log = vi.spyOn(console, 'log').mockImplementation((text: string) => void lines.push(text));
  try {
    await program.parseAsync(['node', 'weft-cp', ...args]);
  } catch (error) {
    lines.push(String(error));
  } finally {
    log.mockRestore();
  }
  return lines.join('\n');
}

test('version and help', async () => {
  expect(await words(['version'])).toMatch(/^Weft: \d+\.\d+\.\d+$/);
  const help = await words(['run', '--help']);
  for (const flag of ['--config-file', '--apps', '--store', '--bus', '--dp-auth', '--log-level', '--work-dir', '--set']) expect(help).toContain(flag);
  expect(await words(['--help'])).toContain('weft-cp run --store memory --dp-auth none');
});

test.each([
  [['run', '--stroe', 'memory'], "unknown option '--stroe'"],
  [['run', '--store', 'postgres'], 'Allowed choices are memory, embedded, redis'],
  [['run', '--set', 'nonsense'], 'write key=value'],
  [['run', '--apps', 'ca'], 'there is no app "ca"'],
  [['run', '--set', 'dpServer.prot=1'], 'is it dpServer.port?'],
  [['run', '-c', '/nowhere.yaml'], "unable to access configuration file '/nowhere.yaml'"],
  [['rnu'], "unknown command 'rnu'"],
])('%j is refused: %s', async (args, message) => {
  expect(await words([...args, ...(args[0] === 'run' ? ['--set', 'diagnostics.serverPort=0'] : [])])).toContain(message);
});

test('the lines of a start show no password and no wildcard address', () => {
  const { config } = readConfig({ env: {}, flags: { 'store.type': 'redis', 'store.redis.url': 'redis://user:hunter2@db:6379' } });
  const app = { name: 'global-store', isReady: () => true, ready: Promise.resolve(), addresses: {}, close: async () => undefined };
  const plane = { instance: 'i', apps: [app], addresses: { http: '0.0.0.0:5681', dpServer: '0.0.0.0:5678' }, ready: Promise.resolve(), isReady: () => true, close: async () => true };
  const text = startLines(plane, config, 640).join('\n');
  expect(text).toContain('http://127.0.0.1:5681');
  expect(text).toContain('https://127.0.0.1:5678');
  expect(text).toContain('0.6 s after its start');
  expect(text).toContain('redis://db:6379');
  expect(text).not.toContain('hunter2');
});
