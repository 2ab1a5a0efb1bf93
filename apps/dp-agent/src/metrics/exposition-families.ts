import { endOfName } from './exposition-lines.ts';

/** Kinds of metrics in Prometheus' text format. */
export type MetricKind = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

/** One value. */
export interface Sample {
  /** With `_bucket`, `_sum` and the like. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Values that belong together. */
export interface MetricFamily {
  readonly name: string;
  readonly kind: MetricKind;
  readonly samples: readonly Sample[];
}

const KINDS: readonly string[] = ['counter', 'gauge', 'histogram', 'summary'];
const LABEL = /([a-zA-Z_:][\w:]*)="((?:[^"\\]|\\.)*)"/g;

/** Families one after another, each once it is complete: what follows a `# TYPE` and begins with its name, or one sample alone. */
export async function* metricFamilies(lines: AsyncIterable<readonly string[]>): AsyncGenerator<MetricFamily> {
  let open: { name: string; kind: MetricKind; samples: Sample[] } | undefined;
  for await (const some of lines) {
    for (const line of some) {
      const [mark, word, name = '', kind = ''] = line.startsWith('#') ? line.split(' ', 4) : [];
      if (mark !== undefined && word !== 'TYPE') continue;
      const sample = mark === undefined ? readSample(line) : undefined;
      if (mark === undefined && sample === undefined) continue;
      if (open !== undefined && sample?.name.startsWith(open.name) === true) {
        open.samples.push(sample);
        continue;
      }
      if (open !== undefined && open.samples.length > 0) yield open;
      open = sample === undefined ? { name, kind: KINDS.includes(kind) ? (kind as MetricKind) : 'untyped', samples: [] } : { name: sample.name, kind: 'untyped', samples: [sample] };
    }
  }
  if (open !== undefined && open.samples.length > 0) yield open;
}

/** Reads `name{label="value",…} value [time]`; undefined for anything else. */
export function readSample(line: string): Sample | undefined {
  const end = endOfName(line);
  const close = line[end] === '{' ? line.lastIndexOf('}') : end - 1;
  if (end === 0 || close < end - 1) return undefined;
  const [number = ''] = line.slice(close + 1).trim().split(/\s/, 1);
  const value = numberOf(number);
  if (value === undefined) return undefined;
  const labels = Object.fromEntries([...line.slice(end, close + 1).matchAll(LABEL)].map(([, key = '', text = '']) => [key, unescaped(text)]));
  return { name: line.slice(0, end), labels, value };
}

function numberOf(text: string): number | undefined {
  if (/^[+-]?inf/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (text === 'NaN') return NaN;
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? undefined : value;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
