import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { weftRegistry } from '@weft/policy-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './program.ts';

/** One call of kumactl 2.14.3: what it was given, what it said, and the names of its exchanges with the control plane. */
interface RecordedCommand {
  readonly name: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly exchanges: readonly string[];
}

interface RecordedExchange {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly answer: { readonly status: number; readonly contentType: string | null; readonly json?: unknown; readonly text?: string };
}

const read = (file: string): unknown => JSON.parse(readFileSync(new URL(`../testdata/${file}`, import.meta.url), 'utf8'));
const COMMANDS = read('recorded-commands.json') as readonly RecordedCommand[];
const EXCHANGES = read('recorded-exchanges.json') as Readonly<Record<string, RecordedExchange>>;

/** Another exchange of the recording that weftctl has instead. */
const INSTEAD: Readonly<Record<string, string>> = { '045-inspect-meshtimeout.exchange-2': '078-raw-get-policy-dataplanes.exchange-1' };

/** Where the output differs on purpose: a part of what is printed instead. */
const DIFFERENT: Readonly<Record<string, string>> = {
  // What is printed is what would be sent: without times of the year one.
  '008-apply-mesh-dry-run': 'labels:\nteam: fixture\nname: demo\ntype: Mesh\n',
  // Every mistake is named at once, those in one backend too.
  '056-apply-invalid-mesh': 'mtls.backends[1].name: "ca-1" name is already used for another backend; mtls.backends[1].conf.cert: has to be defined',
};

/** The same command against the same answers: the same words, columns and exit code. */
describe('recorded calls of kumactl', () => {
  let folder: string;
  let server: Server;
  let url: string;
  let playing: readonly RecordedExchange[] = [];
  let unexpected: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weftctl-recorded-'));
    server = createServer((request, response) => {
      request.resume();
      const found = playing.find(({ method, path }) => method === request.method && bare(path) === bare(request.url ?? ''));
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

  it.each(COMMANDS)('$name: $args', async ({ name, args, stdin, exitCode, stdout, stderr, exchanges }) => {
    playing = exchanges.flatMap((exchange) => EXCHANGES[INSTEAD[exchange] ?? exchange] ?? []);
    unexpected = [];
    await run(['config', 'control-planes', 'add', '--name', 'cp', '--address', url, '--overwrite']);
    unexpected = [];
    const ran = await run(args.map((arg) => arg.replace(/^--address=.*/, `--address=${url}`)), stdin);
    expect(unexpected).toEqual([]);
    const different = DIFFERENT[name];
    if (different !== undefined) return expect(comparable(ran.stdout + ran.stderr)).toContain(different);
    expect({ ...ran, stdout: comparable(ran.stdout), stderr: comparable(ran.stderr) }).toEqual({ exitCode, stdout: comparable(stdout), stderr: comparable(stderr) });
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

/** Types that Kuma does not have, in a list of names. */
const OWN_TYPES = new RegExp(weftRegistry.all.filter(({ weftOnly }) => weftOnly === true).map(({ cliName }) => `${String(cliName)}, `).join('|'), 'g');

/** Ages, and the width of columns that follows from them, differ; indents are compared by the tests of output. weftctl says where in the input a mistake is, and has types of its own. */
function comparable(text: string): string {
  return text.replace(/\b(?:\d+[smhdy])+\b|\bnever\b/g, 'AGE').replace(/^ +/gm, '').replace(/ {2,}/g, '  ').replace(/\s+$/gm, '').replace(/\n\)/g, ')').replace(/ stdin:\d+:/g, '').replace(OWN_TYPES, '');
}
