import { readFileSync } from 'node:fs';

/** A percentile of some measurements, by the nearest rank. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** `p50 12.3 ms, p99 45.6 ms (bar for p99: 150 ms, kept)` */
export function latencies(values: readonly number[], barMs: number): string {
  const [p50, p99] = [percentile(values, 50), percentile(values, 99)];
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms over ${values.length} (bar for p99: ${barMs} ms, ${p99 <= barMs ? 'kept' : 'missed'})`;
}

/** Resident memory of a process, in MiB, now and at its highest. */
export function memoryOf(pid: number): { readonly now: number; readonly highest: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
  return { now: of('VmRSS'), highest: of('VmHWM') };
}

/** CPU time that a process has used, in seconds. Linux counts it in hundredths. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** One line of the report. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
