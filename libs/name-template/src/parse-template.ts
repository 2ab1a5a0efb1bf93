import { err, ok, type Result } from '@weft/kernel';

/** One piece of a template: literal text, a field of the data, or a label of the object. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'label'; readonly key: string };

const OPEN = '{{';
const CLOSE = '}}';
const FIELD = /^\.([A-Za-z_][A-Za-z0-9_]*)$/;
const LABEL = /^label\s+("(?:[^"\\\n]|\\.)*"|`[^`]*`)$/;
const QUOTED = /^("(?:[^"\\\n]|\\.)*"|`[^`]*`)$/;
const COMMENT = /^\/\*[\s\S]*\*\/$/;

/**
 * Takes a template apart: `{{ .Field }}`, `{{ label "key" }}`, quoted strings, comments and trim marks of Go's
 * `text/template`. Anything else of that language is refused with the action that was not understood.
 */
export function parseTemplate(template: string): Result<readonly TemplatePart[], string> {
  const parts: TemplatePart[] = [];
  let rest = template;
  for (;;) {
    const start = rest.indexOf(OPEN);
    if (start < 0) return ok(withText(parts, rest));
    const end = closingMark(rest, start + OPEN.length);
    if (end === undefined) return err(`"${OPEN}" without "${CLOSE}" in template "${template}"`);
    const action = trimMarks(rest.slice(start + OPEN.length, end));
    const before = rest.slice(0, start);
    const part = parseAction(action.body);
    if (!part.ok) return part;
    withText(parts, action.trimLeft ? before.trimEnd() : before);
    if (part.value !== undefined) parts.push(part.value);
    const after = rest.slice(end + CLOSE.length);
    rest = action.trimRight ? after.trimStart() : after;
  }
}

/** Where the action ends, skipping closing marks inside quotes. */
function closingMark(text: string, from: number): number | undefined {
  let quote: string | undefined;
  for (let at = from; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote !== undefined) {
      if (char === '\\' && quote === '"') at += 1;
      else if (char === quote) quote = undefined;
    } else if (char === '"' || char === '`') {
      quote = char;
    } else if (text.startsWith(CLOSE, at)) {
      return at;
    }
  }
  return undefined;
}

function trimMarks(raw: string): { body: string; trimLeft: boolean; trimRight: boolean } {
  const trimLeft = /^-\s/.test(raw);
  const trimRight = /\s-$/.test(raw);
  const body = raw.slice(trimLeft ? 1 : 0, trimRight ? -1 : undefined);
  return { body: body.trim(), trimLeft, trimRight };
}

function parseAction(body: string): Result<TemplatePart | undefined, string> {
  if (COMMENT.test(body)) return ok(undefined);
  const field = FIELD.exec(body)?.[1];
  if (field !== undefined) return ok({ kind: 'field', name: field });
  const label = LABEL.exec(body)?.[1];
  if (label !== undefined) {
    const key = unquote(label);
    return key.ok ? ok({ kind: 'label', key: key.value }) : key;
  }
  if (QUOTED.test(body)) {
    const text = unquote(body);
    return text.ok ? ok({ kind: 'text', text: text.value }) : text;
  }
  return err(`"{{ ${body} }}" is not understood: use {{ .Field }} or {{ label "key" }}`);
}

/** The value of a Go string literal; escapes that JSON shares are honoured. */
function unquote(literal: string): Result<string, string> {
  if (literal.startsWith('`')) return ok(literal.slice(1, -1));
  try {
    return ok(String(JSON.parse(literal)));
  } catch {
    return err(`${literal} is not a string: use the escapes \\" \\\\ \\n \\t or \\uXXXX only`);
  }
}

function withText(parts: TemplatePart[], text: string): TemplatePart[] {
  if (text !== '') parts.push({ kind: 'text', text });
  return parts;
}
