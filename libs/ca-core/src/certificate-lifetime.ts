import { err, ok, type Result } from '@weft/kernel';

const PATTERN = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const DAY = 86_400_000;
const UNITS = [365 * DAY, 7 * DAY, DAY, 3_600_000, 60_000, 1000, 1];

/** Life of a leaf where the mesh does not say (`dpCert.rotation.expiration`). */
export const DEFAULT_LEAF_LIFETIME_MS = DAY;

/** Life of a builtin CA where the mesh does not say (`conf.caCert.expiration`): ten years. */
export const DEFAULT_CA_LIFETIME_MS = 3650 * DAY;

/** Parses a life such as `24h`, `30d`, `10y` or `1d12h` (units y, w, d, h, m, s, ms, largest first; Kuma 2.14) into milliseconds. Never throws. */
export function parseLifetime(text: string): Result<number, string> {
  const match = PATTERN.exec(text);
  if (text === '' || match === null) return err(`invalid lifetime "${text}": write whole numbers with units from y, w, d, h, m, s, ms, largest first, such as 24h or 30d`);
  const total = UNITS.reduce((sum, unit, index) => sum + unit * Number(match[index + 1] ?? 0), 0);
  return total > 0 && total <= 100 * 365 * DAY ? ok(total) : err(`invalid lifetime "${text}": it must be longer than nothing and at most 100y`);
}
