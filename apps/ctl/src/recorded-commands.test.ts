import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './program.ts';
import { commandExchanges, comparableOutput, DIFFERENT_OUTPUT, recordedCommands, type CommandExchange } from './testing/recorded-commands.ts';

const EXCHANGES = commandExchanges();

/** Another exchange of the recording that weftctl has instead. */
const INSTEAD: Readonly<Record<string, string>> = { '045-inspect-meshtimeout.exchange-2': '078-raw-get-policy-dataplanes.exchange-1' };

/** What weftctl asks beyond kumactl: what a dry run would change. */
const OWN_REQUESTS = ['POST /_preview'];

/** The same command against the same answers: the same words, columns and exit code. */
describe('recorded calls of kumactl', () => {
  let folder: string;
  let server: Server;
  let url: string;
  let playing: readonly CommandExchange[] = [];
  let unexpected: string[] = [];
  let sent: unknown[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weftctl-recorded-'));
    server = createServer((request, response) => {
      const found = playing.find(({ method, path }) => method === request.method && bare(path) === bare(request.url ?? ''));
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (chunks.length > 0 && found !== undefined) sent.push(JSON.parse(Buffer.concat(chunks).toString()));
      });
      if (found === undefined) {
        unexpected.push(`${request.method ?? ''} ${request.url ?? ''}`);
        return response.writeHead(404).end('404: Page Not Found');
      }
      const { status, contentType, json, text } = found.answer;
      return response.writeHead(status, contentType === null ? {} : { 'content-type': contentType }).end(text ?? JSON.stringify(json));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  it.each(recordedCommands())('$name: $args', async ({ name, args, stdin, exitCode, stdout, stderr, exchanges }) => {
    playing = exchanges.flatMap((exchange) => EXCHANGES[INSTEAD[exchange] ?? exchange] ?? []);
    unexpected = [];
    await run(['config', 'control-planes', 'add', '--name', 'cp', '--address', url, '--overwrite']);
    unexpected = [];
    sent = [];
    const ran = await run(args.map((arg) => arg.replace(/^--address=.*/, `--address=${url}`)), stdin);
    expect(unexpected.filter((request) => !OWN_REQUESTS.includes(request))).toEqual([]);
    expect(sent.map(comparableBody)).toEqual(playing.flatMap(({ body }) => (body === undefined ? [] : [comparableBody(JSON.parse(body))])));
    const different = DIFFERENT_OUTPUT[name];
    if (different !== undefined) return expect(comparableOutput(ran.stdout + ran.stderr)).toContain(different);
    expect({ ...ran, stdout: comparableOutput(ran.stdout), stderr: comparableOutput(ran.stderr) }).toEqual({ exitCode, stdout: comparableOutput(stdout), stderr: comparableOutput(stderr) });
  });

  async function run(args: readonly string[], stdin = ''): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const [out, err]: [string[], string[]] = [[], []];
    const into = (chunks: string[]): Writable => new Writable({ write: (chunk: Buffer, _, done) => (chunks.push(chunk.toString()), done()) });
    const exitCode = await runCli(['node', 'weftctl', '--config-file', join(folder, 'config'), ...args], { env: {}, stdin: Readable.from([Buffer.from(stdin)]), stdout: into(out), stderr: into(err) });
    return { exitCode, stdout: out.join(''), stderr: err.join('') };
  }
});

/** Without the query: pages may be of another size. */
const bare = (path: string): string => path.split('?')[0] ?? '';

/** kumactl writes durations in full, sends times of the year one and identifiers without a zone along, which no server reads, and leaves out what is the default. */
function comparableBody(body: unknown): unknown {
  const { creationTime: _c, modificationTime: _m, kri: _k, meshServices: _s, groups, validFor, ...rest } = body as Readonly<Record<string, unknown>>;
  return { ...rest, groups: groups ?? [], validFor: String(validFor).replace('0m0s', '') };
}
