import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import type { Instance } from '../shop/topology.ts';
import { callerIn, type Answer } from './call-outcome.ts';
import { CART_SERVICE, type AddRequest } from './cart-protocol.ts';

/** A cart that serves. */
export interface RunningCart {
  readonly port: number;
  close(): void;
}

/** Serves the cart over gRPC at `host:port` (0: a free port). Resolves when it listens. */
export function startCart(instance: Instance, address: string, work: () => Promise<unknown>): Promise<RunningCart> {
  const add: handleUnaryCall<AddRequest, Answer> = (call, reply) => {
    const sawClient = callerIn(call.metadata.get('x-forwarded-client-cert').map(String).join(','));
    void work().then(() => reply(null, { instance: instance.name, added: call.request.item, ...(sawClient === undefined ? {} : { sawClient }) }));
  };
  const server = new Server();
  server.addService(CART_SERVICE, { add });
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve({ port, close: () => server.forceShutdown() });
      else reject(error);
    });
  });
}
