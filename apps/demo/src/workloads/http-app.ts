import { createServer, type Server } from 'node:http';
import type { Instance } from '../shop/topology.ts';
import { callerIn, type Answer } from './call-outcome.ts';

/** An HTTP app: each request gets the app's work as JSON, with who answered and whom it saw calling. */
export function httpApp(instance: Instance, work: () => Promise<Readonly<Record<string, unknown>>>): Server {
  return createServer((request, response) => {
    const header = (name: string): string | undefined => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(',') : value;
    };
    const sawClient = callerIn(header('x-forwarded-client-cert'));
    const sawRoute = header('x-shop-route');
    void work().then((result) => {
      const answer: Answer = {
        instance: instance.name,
        ...(instance.version === undefined ? {} : { version: instance.version }),
        ...(sawClient === undefined ? {} : { sawClient }),
        ...(sawRoute === undefined ? {} : { sawRoute }),
        ...result,
      };
      response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(answer)}\n`);
    });
  });
}
