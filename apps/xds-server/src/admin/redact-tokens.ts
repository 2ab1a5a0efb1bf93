/** What stands where something was taken out, as Envoy writes it. */
const REDACTED = '[redacted]';

/** A header or metadata entry that carries credentials, in protobuf's JSON form. */
const CREDENTIALS = /("key":\s*"(?:authorization|proxy-authorization|cookie|x-api-key)",\s*"(?:value|raw_value)":\s*)"(?:[^"\\]|\\.)*"/gi;

/** A signed token, wherever it stands. */
const TOKEN = /\beyJ[\w-]{6,}\.eyJ[\w-]{6,}\.[\w-]{10,}/g;

/**
 * A config dump without what entitles to something. Envoy leaves out private keys itself; the token with which the proxy
 * authenticates to the control plane stands in its bootstrap, and would let any reader be that proxy.
 */
export function redactTokens(dump: string): string {
  return dump.replace(CREDENTIALS, `$1"${REDACTED}"`).replace(TOKEN, REDACTED);
}
