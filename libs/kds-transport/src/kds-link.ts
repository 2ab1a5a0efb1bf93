import { Client, compressionAlgorithms, credentials, type ChannelCredentials, type ClientDuplexStream } from '@grpc/grpc-js';
import { KDS_MESSAGE_LIMIT, streamMethod, type KdsStreamName } from './kds-definitions.ts';
import { writeZoneCall, type ZoneCall } from './zone-call.ts';

/** A stream of message bytes, seen from the zone. */
export type KdsClientStream = ClientDuplexStream<Uint8Array, Uint8Array>;

/** Settings of {@link openKdsLink}. */
export interface KdsLinkOptions {
  /** Where the global control plane listens, `<host>:<port>`. */
  readonly address: string;
  readonly call: ZoneCall;
  /** Default: {@link KDS_MESSAGE_LIMIT}. */
  readonly maxMessageBytes?: number;
  /** `plain` for `grpc://`. The CA is that of the global control plane's certificate, PEM; the system's where absent. */
  readonly tls: 'plain' | { readonly caPem?: string; readonly skipVerify?: boolean };
}

/** A zone's connection to its global control plane. One of its streams failing means all do: close it and open another. */
export interface KdsLink {
  /** Opens a stream; a failure comes as its `error`. */
  open(name: KdsStreamName): KdsClientStream;
  /** Sends an encoded ZoneHealthCheckRequest; the answer is an encoded ZoneHealthCheckResponse. Rejects with gRPC's error, or after `timeoutMs`. */
  healthCheck(request: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /** Ends every call. */
  close(): void;
}

const KEEPALIVE_MS = 15_000;

/** Prepares a connection, which is made with the first call. Messages are compressed with gzip, as a stock zone does. */
export function openKdsLink({ address, call, tls, maxMessageBytes = KDS_MESSAGE_LIMIT }: KdsLinkOptions): KdsLink {
  const client = new Client(address, credentialsOf(tls), {
    'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    // Links of one process to the same address must not share a connection: each fails alone.
    'grpc.use_local_subchannel_pool': 1,
  });
  return {
    open: (name) => {
      const { path, requestSerialize, responseDeserialize } = streamMethod(name);
      return client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, writeZoneCall(call));
    },
    healthCheck: (request, timeoutMs) => new Promise((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = streamMethod('healthCheck');
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, writeZoneCall(call), { deadline: Date.now() + timeoutMs }, (error, response) => (error !== null || response === undefined ? reject(error ?? new Error('no answer')) : resolve(response)));
    }),
    close: () => client.close(),
  };
}

function credentialsOf(tls: KdsLinkOptions['tls']): ChannelCredentials {
  if (tls === 'plain') return credentials.createInsecure();
  const ca = tls.caPem === undefined ? null : Buffer.from(tls.caPem);
  return credentials.createSsl(ca, null, null, tls.skipVerify === true ? { rejectUnauthorized: false, checkServerIdentity: () => undefined } : {});
}
