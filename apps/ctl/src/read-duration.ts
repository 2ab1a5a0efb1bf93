import { MeshError, parseDuration } from '@weft/kernel';

/** Milliseconds of a flag's duration such as `30s`. Throws `request/invalid` naming the flag. */
export function readDuration(flag: string, text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new MeshError('request/invalid', `${flag}: ${parsed.error}`);
  return parsed.value;
}
