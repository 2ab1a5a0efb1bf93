import { readFileSync } from 'node:fs';
import { weftRegistry } from '@weft/policy-model';

/** One call of kumactl 2.14.3: what it was given, what it said, and the names of its exchanges with the control plane. */
export interface RecordedCommand {
  readonly name: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly exchanges: readonly string[];
}

/** One exchange of a {@link RecordedCommand}. */
export interface CommandExchange {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly answer: { readonly status: number; readonly contentType: string | null; readonly json?: unknown; readonly text?: string };
}

const read = (file: string): unknown => JSON.parse(readFileSync(new URL(`../../testdata/${file}`, import.meta.url), 'utf8'));

/** Every recorded call, in the order of the recording: later ones find what earlier ones made. */
export function recordedCommands(): readonly RecordedCommand[] {
  return read('recorded-commands.json') as readonly RecordedCommand[];
}

/** The exchanges of the recorded calls, by name. */
export function commandExchanges(): Readonly<Record<string, CommandExchange>> {
  return read('recorded-exchanges.json') as Readonly<Record<string, CommandExchange>>;
}

/** Where weftctl's output differs on purpose: a part of what it prints instead, by the name of the call. */
export const DIFFERENT_OUTPUT: Readonly<Record<string, string>> = {
  // What is printed is what would be sent: without times of the year one.
  '008-apply-mesh-dry-run': 'labels:\nteam: fixture\nname: demo\ntype: Mesh\n',
  // Every mistake is named at once, those in one backend too.
  '056-apply-invalid-mesh': 'mtls.backends[1].name: "ca-1" name is already used for another backend; mtls.backends[1].conf.cert: has to be defined',
};

/** Types that Kuma does not have, in a list of names. */
const OWN_TYPES = new RegExp(weftRegistry.all.filter(({ weftOnly }) => weftOnly === true).map(({ cliName }) => `${String(cliName)}, `).join('|'), 'g');

/** Printed text without ages, and without the width of columns that follows from them. Indents are compared by the tests of output; weftctl says where in the input a mistake is, and has types of its own. */
export function comparableOutput(text: string): string {
  return text
    .replace(/\b(?:\d+[smhdy])+\b|\bnever\b/g, 'AGE')
    .replace(/^ +/gm, '')
    .replace(/ {2,}/g, '  ')
    .replace(/\s+$/gm, '')
    .replace(/\n\)/g, ')')
    .replace(/ stdin:\d+:/g, '')
    .replace(OWN_TYPES, '');
}
