const SPACE = /[ \t\n\r]*/y;
const SCALAR = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const STRING_AT = '"';

type Expecting = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or end' | 'nothing';

/**
 * Where text stops being JSON, as an index (its length where it only ends too early). For text that a JSON parser
 * refused: engines do not always tell the place. Linear, never throws, no recursion.
 */
export function jsonErrorPosition(text: string): number {
  const open: ('{' | '[')[] = [];
  let expecting: Expecting = 'value';
  for (let at = skip(text, 0); at < text.length; at = skip(text, at)) {
    const char = text.charAt(at);
    const next = step(char, expecting, open);
    if (next !== undefined) {
      expecting = next;
      at += 1;
      continue;
    }
    const end = scalarEnd(text, at, expecting);
    if (end === undefined) return at;
    expecting = expecting.startsWith('key') ? 'colon' : after(open);
    at = end;
  }
  return text.length;
}

// Punctuation: what is expected behind it, or undefined where it is none or stands in the wrong place.
function step(char: string, expecting: Expecting, open: ('{' | '[')[]): Expecting | undefined {
  const wantsValue = expecting === 'value' || expecting === 'value or ]';
  if (char === '{' && wantsValue) return open.push('{'), 'key or }';
  if (char === '[' && wantsValue) return open.push('['), 'value or ]';
  if (char === ':' && expecting === 'colon') return 'value';
  if (char === ',' && expecting === 'comma or end') return open.at(-1) === '{' ? 'key' : 'value';
  const closes = (char === '}' && open.at(-1) === '{' && (expecting === 'key or }' || expecting === 'comma or end'))
    || (char === ']' && open.at(-1) === '[' && (expecting === 'value or ]' || expecting === 'comma or end'));
  if (!closes) return undefined;
  open.pop();
  return after(open);
}

function scalarEnd(text: string, at: number, expecting: Expecting): number | undefined {
  const wantsKey = expecting.startsWith('key');
  if (!wantsKey && !expecting.startsWith('value')) return undefined;
  if (wantsKey && text.charAt(at) !== STRING_AT) return undefined;
  SCALAR.lastIndex = at;
  return SCALAR.test(text) ? SCALAR.lastIndex : undefined;
}

function after(open: readonly string[]): Expecting {
  return open.length === 0 ? 'nothing' : 'comma or end';
}

function skip(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}
