import { JetStreamApiError } from '@nats-io/jetstream';
import { ClosedConnectionError, NoRespondersError, RequestError, TimeoutError } from '@nats-io/transport-node';
import { MeshError } from '@weft/kernel';

/** Server codes for a sequence expectation that did not hold. */
const WRONG_SEQUENCE = [10_071, 10_164];
const STREAM_NOT_FOUND = 10_059;
const NO_MESSAGE_FOUND = 10_037;

/** Turns what the client throws into the error codes of the bus. `what` says what was tried. */
export function busError(what: string, caught: unknown): MeshError {
  if (caught instanceof MeshError) return caught;
  const message = caught instanceof Error ? caught.message : String(caught);
  if (caught instanceof JetStreamApiError && WRONG_SEQUENCE.includes(caught.code)) {
    return new MeshError('store/conflict', `${what}: another writer was first (${message}); read it again`, { cause: caught });
  }
  if (isNoResponders(caught)) return new MeshError('bus/unavailable', `${what}: nobody serves it; is the app that does so running?`, { cause: caught });
  if (isTimeout(caught)) return new MeshError('bus/deadline', `${what}: no answer in time`, { cause: caught });
  return new MeshError('bus/unavailable', `${what}: ${caught instanceof ClosedConnectionError ? 'the connection is closed' : message}`, { cause: caught });
}

/** Whether a stream, or a message asked for, does not exist. */
export function isMissing(caught: unknown): boolean {
  return caught instanceof JetStreamApiError && (caught.code === STREAM_NOT_FOUND || caught.code === NO_MESSAGE_FOUND);
}

function isTimeout(caught: unknown): boolean {
  return caught instanceof TimeoutError || (caught instanceof Error && caught.cause instanceof TimeoutError);
}

/** Whether nobody took the message; JetStream's client wraps that once more. */
export function isNoResponders(caught: unknown): boolean {
  if (caught instanceof NoRespondersError || (caught instanceof RequestError && caught.isNoResponders())) return true;
  return caught instanceof Error && caught.cause instanceof RequestError && caught.cause.isNoResponders();
}
