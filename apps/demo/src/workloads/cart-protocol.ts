import { credentials, Metadata, Client, type ServiceDefinition, type ServiceError } from '@grpc/grpc-js';
import { answeredCall, failedCall, type Answer, type CallOutcome } from './call-outcome.ts';

/** A request to put something into the cart. */
export interface AddRequest {
  readonly item: string;
}

const encode = (value: object): Buffer => Buffer.from(JSON.stringify(value));

/** The cart's gRPC service: one unary method, messages as JSON, so that no generated code is needed. */
export const CART_SERVICE = {
  add: {
    path: '/shop.Cart/Add',
    requestStream: false,
    responseStream: false,
    requestSerialize: encode,
    requestDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as AddRequest,
    responseSerialize: encode,
    responseDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as Answer,
  },
} satisfies ServiceDefinition;

/** A client that keeps one HTTP/2 connection to the cart. */
export class CartClient {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure());
  }

  close(): void {
    this.#client.close();
  }

  /** Calls `Add`. Never rejects. */
  add(request: AddRequest, deadlineMs: number): Promise<CallOutcome> {
    const begin = performance.now();
    const { path, requestSerialize, responseDeserialize } = CART_SERVICE.add;
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, new Metadata(), { deadline: Date.now() + deadlineMs }, (error: ServiceError | null, answer?: Answer) => {
        const ms = performance.now() - begin;
        resolve(error === null && answer !== undefined ? answeredCall(answer, 'OK', ms) : failedCall(`gRPC ${String(error?.code)} ${error?.details ?? ''}`, ms));
      });
    });
  }
}
