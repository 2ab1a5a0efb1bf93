/** Labels of one sample. Always the same names for one metric. */
export type Labels = Readonly<Record<string, string>>;

interface Metric {
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: Map<string, number>;
  readonly read: (() => number) | undefined;
}

/** Metrics of one process, as a value: counted anywhere, written out as Prometheus text. */
export class MetricRegistry {
  readonly #metrics = new Map<string, Metric>();

  /** A counter; the returned function adds to it (1 by default). */
  counter(name: string, help: string): (labels?: Labels, by?: number) => void {
    const { samples } = this.#add(name, { help, type: 'counter' });
    return (labels = {}, by = 1) => {
      const key = sampleKey(labels);
      samples.set(key, (samples.get(key) ?? 0) + by);
    };
  }

  /** A gauge that is read when somebody asks. */
  gauge(name: string, help: string, read: () => number): void {
    this.#add(name, { help, type: 'gauge', read });
  }

  /** Prometheus text exposition format 0.0.4. */
  toText(): string {
    return [...this.#metrics].map(([name, metric]) => {
      const samples = metric.read === undefined ? [...metric.samples] : [['', metric.read()] as const];
      const lines = samples.map(([labels, value]) => `${name}${labels} ${value}`);
      return [`# HELP ${name} ${metric.help}`, `# TYPE ${name} ${metric.type}`, ...lines, ''].join('\n');
    }).join('');
  }

  #add(name: string, metric: { readonly help: string; readonly type: Metric['type']; readonly read?: () => number }): Metric {
    const known = this.#metrics.get(name);
    if (known !== undefined) return known;
    const made: Metric = { help: metric.help, type: metric.type, read: metric.read, samples: new Map() };
    this.#metrics.set(name, made);
    return made;
  }
}

function sampleKey(labels: Labels): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escaped)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}
