import { request as requestHttp, type RequestOptions } from 'node:http';
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';

/** What is sent. */
export type OtlpSignal = 'traces' | 'logs' | 'metrics';

/** Where OTLP is sent to. */
export interface OtlpPlace {
  readonly at: { readonly socketPath: string } | { readonly host: string; readonly port: number; readonly tls: boolean };
  /** Path of OTLP over HTTP; undefined: gRPC. */
  readonly httpPath: string | undefined;
  /** Sent along, such as credentials; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

const PATIENCE_MS = 10_000;

/** The path of a signal's gRPC method. */
export const OTLP_METHODS: Readonly<Record<OtlpSignal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
};

/** Sends one encoded export request. Rejects where the collector does not take it. */
export function sendOtlp(place: OtlpPlace, signal: OtlpSignal, message: Uint8Array): Promise<void> {
  return place.httpPath === undefined ? overGrpc(place, OTLP_METHODS[signal], message) : overHttp(place, place.httpPath, message);
}

/** A unary call: one frame with its length, and a status at the end. */
function overGrpc({ at, headers }: OtlpPlace, method: string, message: Uint8Array): Promise<void> {
  const session = 'socketPath' in at ? connectHttp2('http://collector', { createConnection: () => connect(at.socketPath) }) : connectHttp2(originOf(at));
  return new Promise<void>((resolve, reject) => {
    session.on('error', reject);
    const call = session.request({ ...headers, ':method': 'POST', ':path': method, 'content-type': 'application/grpc', te: 'trailers' });
    let status = '';
    const note = (given: IncomingHttpHeaders): void => {
      const { 'grpc-status': code, 'grpc-message': words = '' } = given;
      if (code !== undefined) status = [code, words].flat().join(' ').trim();
    };
    call.setTimeout(PATIENCE_MS, () => call.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
    call.on('response', note).on('trailers', note).on('error', (error: Error) => reject(rootOf(error))).resume();
    call.on('close', () => (status === '0' ? resolve() : reject(new Error(status === '' ? 'the call ended without a status' : `status ${status}`))));
    const frame = Buffer.alloc(5);
    frame.writeUInt32BE(message.length, 1);
    call.end(Buffer.concat([frame, message]));
  }).finally(() => session.destroy());
}

/** A call that ends with its connection tells the connection's failure, which has one wording, whoever is heard first. */
function rootOf(error: Error): Error {
  return error.cause instanceof Error ? error.cause : error;
}

function overHttp({ at, headers }: OtlpPlace, path: string, message: Uint8Array): Promise<void> {
  const options: RequestOptions = {
    ...('socketPath' in at ? { socketPath: at.socketPath } : { host: at.host, port: at.port }),
    path, method: 'POST', headers: { ...headers, 'content-type': 'application/x-protobuf', 'content-length': message.length }, timeout: PATIENCE_MS, agent: false,
  };
  const send = 'tls' in at && at.tls ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const call = send(options, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) resolve();
      else reject(new Error(`answered ${statusCode}`));
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${PATIENCE_MS} ms`))).on('error', reject).end(message);
  });
}

function originOf({ host, port, tls }: { readonly host: string; readonly port: number; readonly tls: boolean }): string {
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
