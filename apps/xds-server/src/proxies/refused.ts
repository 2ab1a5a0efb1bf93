import { status, type Metadata } from '@grpc/grpc-js';
import { err, ok, type Result } from '@weft/kernel';
import type { Refusal } from '../server/call-end.ts';

/** A stream must end. */
export function refused(code: status, message: string): Result<never, Refusal> {
  return err({ code, message });
}

/** The token of a call, alone in its metadata `authorization`. */
export function readToken(metadata: Metadata): Result<string, Refusal> {
  const values = metadata.get('authorization');
  if (values.length !== 1) return refused(status.UNKNOWN, `authentication failed: exactly one "authorization" value with a token is expected, got ${values.length}`);
  return ok(String(values[0]));
}
