/** What came of one call. `ok` is false for every answer but a good one, and when there is no answer. */
export interface CallOutcome {
  readonly ok: boolean;
  /** HTTP or gRPC status as text, `OK` for TCP, or what went wrong (`connection closed`, an error code). */
  readonly status: string;
  /** Name of the instance that answered. */
  readonly instance: string | undefined;
  /** Version of the instance that answered. */
  readonly version: string | undefined;
  /** SPIFFE id under which the answering app saw its caller (x-forwarded-client-cert); TCP apps see none. */
  readonly sawClient: string | undefined;
  /** Value of the header that a route added, as the answering app saw it. */
  readonly sawRoute: string | undefined;
  readonly ms: number;
}

/** What HTTP and gRPC apps of the shop answer, as JSON. */
export interface Answer {
  readonly instance: string;
  readonly version?: string;
  readonly sawClient?: string;
  readonly sawRoute?: string;
  readonly [more: string]: unknown;
}

/** An outcome without an answer. */
export function failedCall(status: string, ms: number): CallOutcome {
  return { ok: false, status, instance: undefined, version: undefined, sawClient: undefined, sawRoute: undefined, ms };
}

/** The outcome of an answer. */
export function answeredCall(answer: Answer, status: string, ms: number): CallOutcome {
  return { ok: true, status, instance: answer.instance, version: answer.version, sawClient: answer.sawClient, sawRoute: answer.sawRoute, ms };
}

/** The caller's SPIFFE id in an x-forwarded-client-cert header, whose last element Envoy itself wrote. */
export function callerIn(header: string | undefined): string | undefined {
  return /URI=(spiffe:[^;,]+)/.exec(header?.split(',').at(-1) ?? '')?.[1];
}
