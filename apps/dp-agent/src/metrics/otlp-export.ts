import { request } from 'node:http';
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';
import type { PushTarget } from './metrics-config.ts';

const PATIENCE_MS = 10_000;
const METHOD = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

/** Sends one ExportMetricsServiceRequest by way of Envoy's socket. Rejects where the collector does not take it. */
export function exportMetrics({ socketPath, httpPath }: PushTarget, message: Uint8Array): Promise<void> {
  return httpPath === undefined ? overGrpc(socketPath, message) : overHttp(socketPath, httpPath, message);
}

/** A unary call: one frame with its length, and a status at the end. */
function overGrpc(socketPath: string, message: Uint8Array): Promise<void> {
  const session = connectHttp2('http://collector', { createConnection: () => connect(socketPath) });
  return new Promise<void>((resolve, reject) => {
    session.on('error', reject);
    const call = session.request({ ':method': 'POST', ':path': METHOD, 'content-type': 'application/grpc', te: 'trailers' });
    let status = '';
    const note = (headers: IncomingHttpHeaders): void => {
      const { 'grpc-status': code, 'grpc-message': words = '' } = headers;
      if (code !== undefined) status = [code, words].flat().join(' ').trim();
    };
    call.setTimeout(PATIENCE_MS, () => call.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
    call.on('response', note).on('trailers', note).on('error', reject).resume();
    call.on('close', () => (status === '0' ? resolve() : reject(new Error(status === '' ? 'the call ended without a status' : `status ${status}`))));
    const frame = Buffer.alloc(5);
    frame.writeUInt32BE(message.length, 1);
    call.end(Buffer.concat([frame, message]));
  }).finally(() => session.destroy());
}

function overHttp(socketPath: string, path: string, message: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, method: 'POST', headers: { 'content-type': 'application/x-protobuf', 'content-length': message.length }, timeout: PATIENCE_MS, agent: false }, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) resolve();
      else reject(new Error(`answered ${statusCode}`));
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${PATIENCE_MS} ms`))).on('error', reject).end(message);
  });
}
