const UNITS: readonly (readonly [seconds: number, suffix: string])[] = [[31_536_000, 'y'], [86_400, 'd'], [3600, 'h'], [60, 'm']];

/** How long ago a time was, in its largest whole unit (`5s`, `3m`, `2h`, `4d`, `1y`); `never` when unknown or more than a second ahead. */
export function ageOf(time: string | undefined, nowMs: number): string {
  const at = time === undefined ? Number.NaN : Date.parse(time);
  const seconds = Math.floor((nowMs - at) / 1000);
  if (Number.isNaN(seconds) || seconds < -1) return 'never';
  for (const [unit, suffix] of UNITS) if (seconds >= unit) return `${Math.floor(seconds / unit)}${suffix}`;
  return `${Math.max(0, seconds)}s`;
}
