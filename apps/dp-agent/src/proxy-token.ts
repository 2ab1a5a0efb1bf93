import { err, MeshError, ok, type Result } from '@weft/kernel';

/** Checks that a text has the form of a JWT; whether it is good is for the control plane to say. Surrounding white space is dropped. */
export function checkToken(text: string): Result<string, MeshError> {
  const token = text.trim();
  if (token === '') return invalid('it is empty');
  const parts = token.split('.');
  if (parts.length !== 3) return invalid('a JWT has three parts separated by dots');
  for (const part of parts.slice(0, 2)) {
    if (!isJsonObject(Buffer.from(part, 'base64url').toString('utf8'))) return invalid('it is not a JWT');
  }
  return ok(token);
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

function invalid(why: string): Result<never, MeshError> {
  return err(new MeshError('token/invalid', `dataplane token is invalid, ${why}. Make one with \`weftctl generate dataplane-token --name <name> --mesh <mesh>\`.`));
}
