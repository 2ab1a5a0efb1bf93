/**
 * Every error code of Weft, with what it means. The HTTP mapping (api-contract) and the gRPC mapping
 * (grpc-transport) must name each one; tests hold them to this table.
 */
export const ERROR_CODES = {
  'store/conflict': 'another writer changed the resource first',
  'store/not-found': 'the resource does not exist',
  'store/fenced': 'the lease under which the write was made has passed to another holder',
  'store/unavailable': 'the store cannot be reached',
  'store/corrupt': 'stored bytes cannot be read back',
  'bus/unavailable': 'the bus cannot be reached',
  'bus/deadline': 'nobody answered the request in time',
  'bus/too-large': 'a message exceeds what the bus carries',
  'request/invalid': 'the request is malformed',
  'request/too-large': 'the request exceeds the size limit',
  'request/unsupported': 'the request asks for something this server does not do',
  'resource/invalid': 'the resource breaks validation rules',
  'resource/read-only': 'the resource type cannot be written here',
  'resource/unknown-type': 'no such resource type',
  'auth/unauthenticated': 'the credentials are missing or bad',
  'auth/denied': 'the caller may not do this',
  'token/invalid': 'the token is malformed, forged, expired or revoked',
  'token/signing-key-missing': 'the key that would sign or verify the token does not exist',
  'ca/invalid': 'the certificate authority or a certificate is unusable',
  'config/invalid': 'the configuration is wrong',
  'proxy/unreachable': 'the Envoy of a proxy does not answer the control plane',
  'envoy/missing': 'the Envoy binary cannot be found or fetched',
  'internal/bug': 'a broken invariant: a defect of Weft itself',
} as const;

/** One of the codes in {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** One thing wrong with an input. `path` is written as the user wrote it, e.g. `spec.to[0].default.http.requestTimeout`. */
export interface Violation {
  readonly path: string;
  readonly message: string;
}

/** What may accompany a {@link MeshError}. */
export interface MeshErrorOptions {
  /** Every violation found, in document order. */
  readonly violations?: readonly Violation[];
  /** Plain data for logs; must not contain secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error class: a code to branch on, and a message that says what, why, and what to do. */
export class MeshError extends Error {
  readonly code: ErrorCode;
  readonly violations: readonly Violation[];
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: MeshErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MeshError';
    this.code = code;
    this.violations = options.violations ?? [];
    this.details = options.details ?? {};
  }

  /** Normalises anything caught. A MeshError passes through; the rest becomes `fallback` with the original as cause. */
  static from(caught: unknown, fallback: ErrorCode = 'internal/bug'): MeshError {
    if (caught instanceof MeshError) return caught;
    const message = caught instanceof Error ? caught.message : String(caught);
    return new MeshError(fallback, message, { cause: caught });
  }

  /** As plain data, for the bus. The cause stays behind. */
  toJSON(): PlainMeshError {
    return { code: this.code, message: this.message, violations: this.violations, details: this.details };
  }

  /** The inverse of {@link MeshError.toJSON}; an unknown code becomes `internal/bug`. */
  static fromJSON(plain: PlainMeshError): MeshError {
    const code = plain.code in ERROR_CODES ? plain.code : 'internal/bug';
    return new MeshError(code, plain.message, { violations: plain.violations, details: plain.details });
  }
}

/** A {@link MeshError} as plain data. */
export interface PlainMeshError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly violations: readonly Violation[];
  readonly details: Readonly<Record<string, unknown>>;
}
