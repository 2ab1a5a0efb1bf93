import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { OTLP_METHODS, type OtlpSignal } from './send-otlp.ts';

/** Larger exports are refused. */
const MAX_BYTES = 16 * 1024 * 1024;
const FRAME_HEAD = 5;

/** gRPC status codes that are answered. */
const STATUS = { ok: 0, tooLarge: 8, unimplemented: 12, unavailable: 14 } as const;

/** A running receiver. */
export interface OtelReceiver {
  close(): void;
}

/** Takes OTLP over gRPC on a Unix socket and hands each export on; the sender hears whether that went well. Rejects where the socket cannot be made. */
export async function startOtelReceiver(socketPath: string, forward: (signal: OtlpSignal, message: Uint8Array) => Promise<void>): Promise<OtelReceiver> {
  rmSync(socketPath, { force: true });
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => session.destroy()).once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => stream.destroy());
    const signal = (Object.keys(OTLP_METHODS) as OtlpSignal[]).find((name) => OTLP_METHODS[name] === headers[':path']);
    if (signal === undefined) return end(stream, STATUS.unimplemented, `there is no ${String(headers[':path'])}`);
    take(stream, signal, forward).catch((error: unknown) => end(stream, STATUS.unavailable, error instanceof Error ? error.message : String(error)));
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    close: () => {
      server.close();
      for (const session of sessions) session.destroy();
    },
  };
}

/** A unary call: one frame with its length. */
async function take(stream: ServerHttp2Stream, signal: OtlpSignal, forward: (signal: OtlpSignal, message: Uint8Array) => Promise<void>): Promise<void> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    if (size > MAX_BYTES) return end(stream, STATUS.tooLarge, `an export exceeds ${MAX_BYTES} bytes`);
    chunks.push(chunk as Buffer);
  }
  const frame = Buffer.concat(chunks);
  if (frame.length < FRAME_HEAD || frame[0] !== 0) return end(stream, STATUS.unimplemented, 'compressed exports are not taken');
  await forward(signal, frame.subarray(FRAME_HEAD, FRAME_HEAD + frame.readUInt32BE(1)));
  end(stream, STATUS.ok, '');
}

/** The answer to an export is an empty message. */
function end(stream: ServerHttp2Stream, status: number, message: string): void {
  if (stream.destroyed || stream.headersSent) return;
  const words = message === '' ? {} : { 'grpc-message': encodeURIComponent(message) };
  if (status !== STATUS.ok) {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(status), ...words }, { endStream: true });
    return;
  }
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status) }));
  stream.end(Buffer.alloc(FRAME_HEAD));
}
