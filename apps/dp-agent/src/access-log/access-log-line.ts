/** One line of an access log, with the address that it is meant for. */
export interface AccessLogLine {
  readonly host: string;
  readonly port: number;
  /** Without the end of the line. */
  readonly text: string;
}

/**
 * Reads what Envoy writes for a TCP backend: `{"address": "host:port", "message": …}`, where a message is a text or, for the
 * JSON format, an object. Undefined for anything else.
 */
export function readAccessLogLine(line: string): AccessLogLine | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { address, message } = (parsed ?? {}) as { readonly address?: unknown; readonly message?: unknown };
  const place = typeof address === 'string' ? /^\[?([^\]]+)\]?:(\d+)$/.exec(address) : null;
  if (place === null || message === undefined) return undefined;
  return { host: place[1] ?? '', port: Number(place[2]), text: typeof message === 'string' ? message.replace(/\n$/, '') : JSON.stringify(message) };
}
