import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MeshError } from '@weft/kernel';
import Mustache from 'mustache';
import { LineCounter, parseDocument } from 'yaml';
import { readStdin, type Terminal } from './terminal.ts';

/** One document of an input. `source` says where it came from, for messages: file and line. */
export interface InputDocument {
  readonly source: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Reads what `-f` names: a file, a folder (its .yaml, .yml and .json files, by name, not deeper), `-` for standard input, or an http(s) URL. */
export async function readInput(from: string, terminal: Terminal): Promise<readonly { readonly source: string; readonly text: string }[]> {
  if (from === '-') return [{ source: 'stdin', text: await readStdin(terminal) }];
  if (/^https?:\/\//.test(from)) return [{ source: from, text: await download(from) }];
  try {
    if (!statSync(from).isDirectory()) return [{ source: from, text: readFileSync(from, 'utf8') }];
    return readdirSync(from, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && /\.(ya?ml|json)$/i.test(entry.name))
      .map((entry) => join(from, entry.name))
      .sort()
      .map((path) => ({ source: path, text: readFileSync(path, 'utf8') }));
  } catch (cause) {
    throw new MeshError('request/invalid', `cannot read ${from}: ${(cause as Error).message}`, { cause });
  }
}

async function download(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (answer.status !== 200) throw new MeshError('request/invalid', `${url} answered ${answer.status}; 200 is needed`);
  return answer.text();
}

/** Parses variables of the form `a.b=c` into nested data for `{{a.b}}`. */
export function parseVariables(assignments: readonly string[]): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {};
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    if (at < 1) throw new MeshError('request/invalid', `--var "${assignment}": write it as name=value`);
    const path = assignment.slice(0, at).split('.');
    let node = root;
    for (const part of path.slice(0, -1)) node = (node[part] ??= {}) as Record<string, unknown>;
    node[path.at(-1) ?? ''] = assignment.slice(at + 1);
  }
  return root;
}

/**
 * Fills `{{x}}` in, as it is: kumactl escapes for HTML here, which no YAML wants (docs/compatibility.md). Only called
 * when variables were given, so that plain files may hold braces.
 */
export function fillVariables(text: string, variables: Readonly<Record<string, unknown>>): string {
  return Mustache.render(text, variables, {}, { escape: (value: unknown) => String(value) });
}

/** Splits a text at lines of three dashes and parses each part as YAML or JSON; empty parts are skipped. Errors name the line in the whole text. */
export function parseDocuments(source: string, text: string): { readonly documents: readonly InputDocument[]; readonly errors: readonly string[] } {
  const documents: InputDocument[] = [];
  const errors: string[] = [];
  let line = 1;
  for (const part of text.split(/^---[ \t]*$/m)) {
    const first = line + (/^\s*/.exec(part)?.[0].split('\n').length ?? 1) - 1;
    line += part.split('\n').length - 1;
    if (part.trim() === '') continue;
    const parsed = parsePart(part);
    if ('error' in parsed) {
      errors.push(`${source}:${line - part.split('\n').length + parsed.line}: ${parsed.error}`);
      continue;
    }
    const { value } = parsed;
    if (value === null || value === undefined) continue;
    if (typeof value !== 'object' || Array.isArray(value)) errors.push(`${source}:${first}: a resource must be a mapping with type and name`);
    else documents.push({ source: `${source}:${first}`, value: value as Record<string, unknown> });
  }
  return { documents, errors };
}

/** One document; an error comes with its line inside the part. */
function parsePart(part: string): { readonly value: unknown } | { readonly error: string; readonly line: number } {
  const lines = new LineCounter();
  const parsed = parseDocument(part, { lineCounter: lines });
  const [error] = parsed.errors;
  if (error !== undefined) return { error: (error.message.split('\n')[0] ?? '').replace(/ at line .*$/, ''), line: lines.linePos(error.pos[0]).line };
  try {
    return { value: parsed.toJS() as unknown };
  } catch (caught) {
    return { error: (caught as Error).message, line: 1 }; // an alias without an anchor is found only here
  }
}
