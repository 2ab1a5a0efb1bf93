import { MeshError } from '@weft/kernel';
import { jsonErrorPosition } from './json-error-position.ts';

/** Parses JSON. `what` names it in the error, e.g. `MeshTimeout object`. Throws `request/invalid` with line and column. */
export function parseJson(body: Buffer, what: string): unknown {
  const text = body.toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MeshError('request/invalid', `invalid ${what}: ${describe(text)}`, { cause });
  }
}

function describe(text: string): string {
  const at = jsonErrorPosition(text);
  const before = text.slice(0, at).split('\n');
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  const reason = at === text.length ? 'unexpected end of JSON input' : `unexpected ${JSON.stringify(text.slice(at, at + 12))}`;
  return `"${reason}" (${place})`;
}
