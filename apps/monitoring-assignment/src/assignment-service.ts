import { type sendUnaryData, type ServerDuplexStream, type ServerUnaryCall } from '@grpc/grpc-js';
import { rawStreams, toStatus, type GrpcService } from '@weft/grpc-transport';
import { MeshError, type Clock } from '@weft/kernel';
import { MADS_SERVICE } from '@weft/mads-proto';
import type { Logger } from '@weft/service-runtime';
import type { AssignmentBoard } from './assignment-board.ts';
import { AssignmentStream } from './assignment-stream.ts';
import { encodeResponse, readRequest } from './discovery-messages.ts';
import { nextSnapshot } from './next-snapshot.ts';

/** What the gRPC side works with. */
export interface AssignmentServiceOptions {
  readonly board: AssignmentBoard;
  readonly clock: Clock;
  readonly log: Logger;
  readonly defaultTimeoutMs: number;
}

const METHODS = rawStreams(MADS_SERVICE, ['StreamMonitoringAssignments', 'FetchMonitoringAssignments']);

/** The gRPC service, without its delta form: that is answered UNIMPLEMENTED. */
export function assignmentService(options: AssignmentServiceOptions): GrpcService {
  const fetch = METHODS['FetchMonitoringAssignments'];
  return {
    definition: { ...METHODS, ...(fetch !== undefined && { FetchMonitoringAssignments: { ...fetch, requestStream: false, responseStream: false } }) },
    implementation: {
      StreamMonitoringAssignments: (call: ServerDuplexStream<Uint8Array, Uint8Array>) => serveStream(options, call),
      FetchMonitoringAssignments: (call: ServerUnaryCall<Uint8Array, Uint8Array>, answer: sendUnaryData<Uint8Array>) => {
        fetchOnce(options, call).then((bytes) => answer(null, bytes), (caught: unknown) => answer(toStatus(MeshError.from(caught))));
      },
    },
  };
}

function serveStream({ board, log }: AssignmentServiceOptions, call: ServerDuplexStream<Uint8Array, Uint8Array>): void {
  const guarded = (task: () => void): void => {
    try {
      task();
    } catch (caught) {
      call.emit('error', toStatus(MeshError.from(caught)));
    }
  };
  guarded(() => {
    const stream = new AssignmentStream(board, {
      send: (bytes) => call.write(bytes),
      refused: (client, reason) => log.warn({ client, reason }, 'a client refused its monitoring assignments'),
    });
    call.on('data', (bytes: Uint8Array) => guarded(() => stream.take(bytes)));
    call.on('end', () => call.end());
    for (const event of ['close', 'cancelled', 'error', 'end']) call.on(event, () => stream.close());
  });
}

/** A version that is still the newest after the wait is answered again: a unary call has no way to say that nothing changed. */
async function fetchOnce({ board, clock, defaultTimeoutMs }: AssignmentServiceOptions, call: ServerUnaryCall<Uint8Array, Uint8Array>): Promise<Uint8Array> {
  const { client, version } = readRequest(call.request);
  const gone = new AbortController();
  call.once('cancelled', () => gone.abort());
  const next = await nextSnapshot(board, clock, { client, version, timeoutMs: defaultTimeoutMs, gone: gone.signal });
  if (next === 'busy') throw new MeshError('request/too-large', 'too many clients wait for assignments: try again later');
  const found = typeof next === 'string' ? board.snapshotFor(client) : next;
  if (found === undefined) throw new MeshError('bus/unavailable', 'the resources of the control plane were not read yet: ask again');
  return encodeResponse(found, found.version);
}
