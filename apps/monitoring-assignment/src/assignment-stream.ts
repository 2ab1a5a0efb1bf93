import { MeshError, type Cancel } from '@weft/kernel';
import type { AssignmentBoard } from './assignment-board.ts';
import { encodeResponse, readRequest } from './discovery-messages.ts';

/** Where a stream writes to. */
export interface StreamSink {
  send(bytes: Uint8Array): void;
  /** The client refused what it was sent. */
  refused(client: string, reason: string): void;
}

/**
 * One xDS stream, state of the world: everything the client is given, again whenever that changes, and never before the client
 * has answered for what it got. A client that comes back with a version is sent nothing until there is another one.
 */
export class AssignmentStream {
  readonly #board: AssignmentBoard;
  readonly #sink: StreamSink;
  readonly #stop: Cancel;
  /** Undefined before the first request. */
  #client: string | undefined;
  #sent = '';
  #nonce = 0;
  #isAnswered = true;

  /** Throws `request/too-large` where too many clients wait. */
  constructor(board: AssignmentBoard, sink: StreamSink) {
    this.#board = board;
    this.#sink = sink;
    const stop = board.watch(() => this.#push());
    if (stop === undefined) throw new MeshError('request/too-large', 'too many clients wait for assignments: try again later');
    this.#stop = stop;
  }

  /** Takes an encoded request. Throws `request/invalid`. */
  take(bytes: Uint8Array): void {
    const { client, version, nonce, refusal } = readRequest(bytes);
    if (this.#client === undefined) {
      this.#client = client;
      this.#sent = version;
    } else if (nonce !== String(this.#nonce)) {
      return;
    } else if (refusal !== undefined) {
      this.#sink.refused(this.#client, refusal);
    }
    this.#isAnswered = true;
    this.#push();
  }

  close(): void {
    this.#stop();
  }

  #push(): void {
    if (this.#client === undefined || !this.#isAnswered) return;
    const snapshot = this.#board.snapshotFor(this.#client);
    if (snapshot === undefined || snapshot.version === this.#sent) return;
    this.#sent = snapshot.version;
    this.#isAnswered = false;
    this.#sink.send(encodeResponse(snapshot, String(++this.#nonce)));
  }
}
