/** What Envoy prints when a stream to the control plane ends: the status, and its message percent-encoded as gRPC sends it. */
const STREAM_CLOSED = /(gRPC config stream to \S+ closed[^:]*: \d+, )(\S*)/;

/** A line of Envoy with the control plane's reason in plain words. Any other line stays as it is. */
export function readableLine(line: string): string {
  return line.replace(STREAM_CLOSED, (_whole, before: string, message: string) => before + decoded(message));
}

function decoded(message: string): string {
  try {
    return decodeURI(message);
  } catch {
    return message;
  }
}
