import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { Client, compressionAlgorithms, credentials, InterceptingCall, type ChannelCredentials, type ClientDuplexStream, type Interceptor } from '@grpc/grpc-js';
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

/** What the handshake names where the host is an address, which may not stand there (RFC 6066). The certificate is held against the address. */
const NAME_FOR_IP = 'global-control-plane';

type MessageContext = Parameters<InterceptingCall['sendMessageWithContext']>[0];

const KEEPALIVE_MS = 15_000;

/** Flag of a message that is sent as it is (gRPC core). */
const NO_COMPRESS = 2;

/** Heartbeats and health checks have no bytes: to pack and unpack those would be most of what an idle global control plane does. */
class PackingCall extends InterceptingCall {
  override sendMessageWithContext(context: MessageContext, message: unknown): void {
    const isEmpty = message instanceof Uint8Array && message.length === 0;
    super.sendMessageWithContext(isEmpty ? { ...context, flags: NO_COMPRESS } : context, message);
  }
}

const PACKING: Interceptor = (options, nextCall) => new PackingCall(nextCall(options));

/** Prepares a connection, which is made with the first call. Messages are compressed with gzip, as a stock zone does, where they have any bytes. */
export function openKdsLink({ address, call, tls, maxMessageBytes = KDS_MESSAGE_LIMIT }: KdsLinkOptions): KdsLink {
  const ip = ipOf(address);
  const client = new Client(address, credentialsOf(tls, ip), {
    'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    // Links of one process to the same address must not share a connection: each fails alone.
    'grpc.use_local_subchannel_pool': 1,
    interceptors: [PACKING],
    ...(ip !== undefined && { 'grpc.ssl_target_name_override': NAME_FOR_IP }),
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

function credentialsOf(tls: KdsLinkOptions['tls'], ip: string | undefined): ChannelCredentials {
  if (tls === 'plain') return credentials.createInsecure();
  const ca = tls.caPem === undefined ? null : Buffer.from(tls.caPem);
  if (tls.skipVerify === true) return credentials.createSsl(ca, null, null, { rejectUnauthorized: false, checkServerIdentity: () => undefined });
  return credentials.createSsl(ca, null, null, ip === undefined ? {} : { checkServerIdentity: (_, certificate) => checkServerIdentity(ip, certificate) });
}

/** The host where it is an address. */
function ipOf(address: string): string | undefined {
  const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? undefined : host;
}
