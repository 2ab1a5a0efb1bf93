/** What keeps text from being a set of public keys, in words; undefined where it is one. Sources: RFC 7517 §5, RFC 7518 §6. */
export function jwksProblem(text: string): string | undefined {
  const set = parse(text);
  if (set === undefined) return 'must be JSON';
  const { keys } = fieldsOf(set);
  if (!Array.isArray(keys) || keys.length === 0) return 'must be an object with a list "keys" that is not empty';
  return keys.map(keyProblem).find((problem) => problem !== undefined);
}

function keyProblem(key: unknown, index: number): string | undefined {
  const { kty, d, k } = fieldsOf(key);
  // A policy is not secret: whoever reads it could sign tokens.
  if (d !== undefined || k !== undefined) return `key ${index} is private or shared: put only public keys here`;
  return kty === 'RSA' || kty === 'EC' || kty === 'OKP' ? undefined : `key ${index} has no type ("kty") that is accepted: RSA, EC or OKP`;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? value as Readonly<Record<string, unknown>> : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
