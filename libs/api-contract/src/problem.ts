import type { ErrorCode, MeshError } from '@weft/kernel';

/** The error document of the HTTP API. `details` and `causes` repeat `detail` and `invalid_parameters` for old clients. */
export interface Problem {
  readonly type: '/std-errors';
  readonly status: number;
  /** Never empty: clients ignore the document otherwise. */
  readonly title: string;
  readonly detail?: string;
  readonly invalid_parameters?: readonly { readonly field: string; readonly reason: string }[];
  readonly details: string;
  readonly causes?: readonly { readonly field: string; readonly message: string }[];
}

interface Rule {
  readonly status: number;
  /** Absent: the title of the operation. */
  readonly title?: string;
  /** Absent: the error's own message. */
  readonly detail?: string;
}

/** What each error code becomes on the wire. Status and texts as in Kuma 2.14 where it has them. */
const RULES: Readonly<Record<ErrorCode, Rule>> = {
  'store/conflict': { status: 409, title: 'Conflict' },
  'store/not-found': { status: 404, detail: 'Not found' },
  'store/fenced': { status: 503, title: 'Service unavailable' },
  'store/unavailable': { status: 503, title: 'Service unavailable' },
  'store/corrupt': { status: 500 },
  'bus/unavailable': { status: 503, title: 'Service unavailable' },
  'bus/deadline': { status: 503, title: 'Service unavailable' },
  'bus/too-large': { status: 413, title: 'Request too large' },
  'request/invalid': { status: 400, title: 'Bad Request' },
  'request/too-large': { status: 413, title: 'Request too large' },
  'request/unsupported': { status: 405, title: 'Method not allowed' },
  'resource/invalid': { status: 400 },
  'resource/read-only': { status: 405, title: 'Method not allowed' },
  'resource/unknown-type': { status: 400, title: 'Bad Request' },
  'auth/unauthenticated': { status: 401, title: 'Invalid authentication data', detail: 'Unauthenticated' },
  'auth/denied': { status: 403, title: 'Access Denied' },
  'token/invalid': { status: 401, title: 'Invalid authentication data', detail: 'Unauthenticated' },
  'token/signing-key-missing': { status: 404, title: 'Signing Key not found' },
  'ca/invalid': { status: 500 },
  'config/invalid': { status: 500 },
  'proxy/unreachable': { status: 500 },
  'envoy/missing': { status: 500 },
  'internal/bug': { status: 500, detail: 'Internal Server Error' },
};

const DEFAULT_TITLE = 'Could not process a request';

/** HTTP status of an error code. */
export function statusOf(code: ErrorCode): number {
  return RULES[code].status;
}

/**
 * The document of an error. The title is the code's own, else `error.details.title` (the operation that failed), else
 * a general one. What a bug says stays in the log.
 */
export function problemDocument(error: MeshError): Problem {
  const rule = RULES[error.code];
  const detail = rule.detail ?? error.message;
  const violations = error.violations;
  return {
    type: '/std-errors',
    status: rule.status,
    title: rule.title ?? operationOf(error) ?? DEFAULT_TITLE,
    ...(detail !== '' && { detail }),
    ...(violations.length > 0 && { invalid_parameters: violations.map(({ path, message }) => ({ field: path, reason: message })) }),
    details: detail,
    ...(violations.length > 0 && { causes: violations.map(({ path, message }) => ({ field: path, message })) }),
  };
}

function operationOf(error: MeshError): string | undefined {
  const title = error.details['title'];
  return typeof title === 'string' ? title : undefined;
}
