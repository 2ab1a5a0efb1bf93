import { Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runCli } from '../program.ts';

const COLUMNS = 50;

async function checkPlane(screen: object, env: Readonly<Record<string, string>> = {}): Promise<{ readonly code: number; readonly out: string }> {
  const chunks: string[] = [];
  const stdout = Object.assign(new Writable({ write: (chunk: Buffer, _, done) => (chunks.push(chunk.toString()), done()) }), screen);
  // Too little time for any answer: one finding, whose hint is longer than a line.
  const code = await runCli(['node', 'weftctl', '--no-config', '--api-timeout', '1ms', 'check'], { env, stdin: Readable.from([]), stdout, stderr: new Writable({ write: (_chunk, _encoding, done) => done() }) });
  return { code, out: chunks.join('') };
}

describe('weftctl check', () => {
  it('fits a terminal: what does not goes on below, indented', async () => {
    const { code, out } = await checkPlane({ isTTY: true, columns: COLUMNS }, { NO_COLOR: '1' });
    expect(code).toBe(1);
    const tooLong = out.split('\n').filter((line) => line.length > COLUMNS && line.trim().includes(' '));
    expect(tooLong).toEqual([]);
    expect(out).toMatch(/ {6}→ start it[^\n]*\n {8}\S/);
    expect(out).not.toContain('\u001b');
  });

  it('colours a terminal, and neither colours nor breaks lines elsewhere', async () => {
    expect((await checkPlane({ isTTY: true, columns: COLUMNS })).out).toContain('\u001b[31m×\u001b[0m the control plane answers');
    const { out } = await checkPlane({});
    expect(out).not.toContain('\u001b');
    expect(out).toContain('      → start it (weft-cp run), or say where it is: weftctl config control-planes add\n');
  });
});
