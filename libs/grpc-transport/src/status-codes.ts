import { status } from '@grpc/grpc-js';
import { MeshError, type ErrorCode } from '@weft/kernel';

/** The gRPC status of each error code. Complete by its type. */
export const STATUS_BY_CODE: Readonly<Record<ErrorCode, status>> = {
  'store/conflict': status.ABORTED,
  'store/not-found': status.NOT_FOUND,
  'store/fenced': status.FAILED_PRECONDITION,
  'store/unavailable': status.UNAVAILABLE,
  'store/corrupt': status.DATA_LOSS,
  'bus/unavailable': status.UNAVAILABLE,
  'bus/deadline': status.DEADLINE_EXCEEDED,
  'bus/too-large': status.RESOURCE_EXHAUSTED,
  'request/invalid': status.INVALID_ARGUMENT,
  'request/too-large': status.RESOURCE_EXHAUSTED,
  'request/unsupported': status.UNIMPLEMENTED,
  'resource/invalid': status.INVALID_ARGUMENT,
  'resource/read-only': status.FAILED_PRECONDITION,
  'resource/unknown-type': status.INVALID_ARGUMENT,
  'auth/unauthenticated': status.UNAUTHENTICATED,
  'auth/denied': status.PERMISSION_DENIED,
  'token/invalid': status.UNAUTHENTICATED,
  'token/signing-key-missing': status.FAILED_PRECONDITION,
  'ca/invalid': status.FAILED_PRECONDITION,
  'config/invalid': status.FAILED_PRECONDITION,
  'proxy/unreachable': status.UNAVAILABLE,
  'envoy/missing': status.FAILED_PRECONDITION,
  'internal/bug': status.INTERNAL,
};

const CODE_BY_STATUS: Readonly<Partial<Record<status, ErrorCode>>> = {
  [status.ABORTED]: 'store/conflict',
  [status.NOT_FOUND]: 'store/not-found',
  [status.UNAVAILABLE]: 'bus/unavailable',
  [status.DEADLINE_EXCEEDED]: 'bus/deadline',
  [status.RESOURCE_EXHAUSTED]: 'request/too-large',
  [status.INVALID_ARGUMENT]: 'request/invalid',
  [status.UNIMPLEMENTED]: 'request/unsupported',
  [status.UNAUTHENTICATED]: 'auth/unauthenticated',
  [status.PERMISSION_DENIED]: 'auth/denied',
};

/** A MeshError as grpc-js takes it in `call.emit('error', …)`. */
export function toStatus(error: MeshError): { readonly code: status; readonly details: string } {
  return { code: STATUS_BY_CODE[error.code], details: error.message };
}

/** The inverse for clients; a status without a counterpart becomes `internal/bug`. */
export function fromStatus(code: status, details: string): MeshError {
  return new MeshError(CODE_BY_STATUS[code] ?? 'internal/bug', details);
}
