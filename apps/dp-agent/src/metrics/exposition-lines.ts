import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { MetricFilter } from './metric-filter.ts';

/** A line beyond this is no metric. */
const LONGEST_LINE = 64 * 1024;

/**
 * The lines of a text in Prometheus' format, some at a time as they come, so that no more than a piece is held. Ends before the line that
 * would go beyond `mostBytes`. Throws where a line is too long.
 */
export async function* expositionLines(body: Readable, mostBytes: number): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let left = mostBytes;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new Error(`a line has more than ${LONGEST_LINE} characters`);
    left -= chunk.length;
    if (left < 0) return;
    if (lines.length > 0) yield lines.map((line) => line.trimEnd());
  }
  if (rest.trim() !== '') yield [rest.trimEnd()];
}

/** Chooses lines by the name of their metric: what stands under a `# TYPE` or `# HELP` belongs to that family. */
export class LineFilter {
  readonly #wants: MetricFilter;
  #family = '';
  #wanted = false;

  constructor(wants: MetricFilter) {
    this.#wants = wants;
  }

  /** Whether the line is to stay. */
  keeps(line: string): boolean {
    if (line === '') return false;
    if (line.startsWith('#')) {
      const [, , name = ''] = line.split(' ', 3);
      return this.#of(name);
    }
    const name = line.slice(0, endOfName(line));
    const ofFamily = name === this.#family || PARTS.some((part) => name === this.#family + part);
    return ofFamily ? this.#wanted : this.#of(name);
  }

  #of(name: string): boolean {
    this.#family = name;
    this.#wanted = this.#wants(name);
    return this.#wanted;
  }
}

/** What the samples of histograms and summaries have behind the name of their family. */
const PARTS = ['_bucket', '_sum', '_count', '_total', '_created'];

/** Where the name of a sample ends. */
export function endOfName(line: string): number {
  const end = line.search(/[{\s]/);
  return end < 0 ? line.length : end;
}
