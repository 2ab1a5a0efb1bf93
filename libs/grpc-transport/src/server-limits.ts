/** What a server puts up with. Times in milliseconds. */
export interface ServerLimits {
  /** Open connections; more are refused at once. Default 10,000. */
  readonly maxConnections: number;
  /** A TLS handshake must be over within this time. Default 5,000. */
  readonly handshakeMs: number;
  /** HTTP/1.1 headers must be complete within this time. Default 5,000 (as Kuma 2.14). */
  readonly headersMs: number;
  /** An HTTP/1.1 request with its body must be complete within this time. Default 10,000. */
  readonly requestMs: number;
  /** A ping is sent on an HTTP/2 connection after this time. Default 15,000 (as Kuma 2.14). */
  readonly keepaliveMs: number;
  /** A connection whose ping is not answered within this time is closed. Default 10,000. */
  readonly keepaliveTimeoutMs: number;
  /** An HTTP/2 connection without a call is closed after this time. Default 60,000. */
  readonly idleMs: number;
  /** The largest message taken in. Default 4 MiB. */
  readonly maxMessageBytes: number;
}

/** Limits that suit the DP server. */
export const DEFAULT_LIMITS: ServerLimits = {
  maxConnections: 10_000,
  handshakeMs: 5_000,
  headersMs: 5_000,
  requestMs: 10_000,
  keepaliveMs: 15_000,
  keepaliveTimeoutMs: 10_000,
  idleMs: 60_000,
  maxMessageBytes: 4 * 1024 * 1024,
};
