import type { ServerDuplexStream, status } from '@grpc/grpc-js';

/** A stream that must end, with the status that the client logs. */
export interface Refusal {
  readonly code: status;
  readonly message: string;
}

/** The end of a call: the client's, a broken connection's or our refusal, whichever comes first. It comes once. */
export class CallEnd {
  readonly #call: ServerDuplexStream<Uint8Array, Uint8Array>;
  readonly #onEnd: () => void;
  #reached = false;

  constructor(call: ServerDuplexStream<Uint8Array, Uint8Array>, onEnd: () => void) {
    this.#call = call;
    this.#onEnd = onEnd;
    call.on('end', () => {
      this.#reach();
      call.end();
    });
    call.on('cancelled', () => this.#reach());
    call.on('error', () => this.#reach());
  }

  /** Nothing may be sent any more. */
  get reached(): boolean {
    return this.#reached;
  }

  /** Ends the call with a status. */
  refuse({ code, message }: Refusal): void {
    if (this.#reached) return;
    this.#reach();
    this.#call.emit('error', { code, details: message });
  }

  #reach(): void {
    if (this.#reached) return;
    this.#reached = true;
    this.#onEnd();
  }
}
