import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { createAuthority, loadAuthority, serverTemplate, signCertificate, type Authority } from '@weft/ca-core';
import { nodeCertificateCrypto as crypto } from '@weft/ca-crypto-node';
import { makeKeyWithRequest } from '@weft/service-runtime';

const HOUR_MS = 3_600_000;

/** A CA that no mesh knows, such as that of a partner. */
export class OutsideCa {
  readonly caPem: string;
  readonly #authority: Authority;

  private constructor(caPem: string, authority: Authority) {
    this.caPem = caPem;
    this.#authority = authority;
  }

  static async create(name: string): Promise<OutsideCa> {
    const made = await createAuthority({ commonName: name }, { key: { type: 'ec', curve: 'P-256' }, now: Date.now(), lifetimeMs: 24 * HOUR_MS }, crypto);
    return new OutsideCa(made.certificatePem, loadAuthority(made.certificatePem, made.privateKeyPem.reveal(), { what: name }, crypto));
  }

  /** A certificate for a DNS name, with its key; PEM. */
  async certificate(dnsName: string): Promise<{ readonly cert: string; readonly key: string }> {
    const { keyPem, csrPem } = await makeKeyWithRequest();
    const template = serverTemplate({ commonName: dnsName, dnsNames: [dnsName], ipAddresses: [], uses: ['serverAuth', 'clientAuth'] }, Date.now(), HOUR_MS);
    const { certificatePem } = await signCertificate({ csrPem, template }, this.#authority, crypto);
    return { cert: certificatePem, key: keyPem.reveal() };
  }
}

/** What an {@link OutsideServer} is. */
export interface OutsideServerOptions {
  readonly host: string;
  readonly port: number;
  /** What its certificate is for. */
  readonly dnsName: string;
  readonly ca: OutsideCa;
  /** Clients must show a certificate of the CA. Default: no. */
  readonly asksClients?: boolean;
}

/** An HTTPS server outside the mesh: answers with the name that it was called by in TLS, and that in the client's certificate. */
export class OutsideServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen({ host, port, dnsName, ca, asksClients = false }: OutsideServerOptions): Promise<OutsideServer> {
    const server = createServer({ ...(await ca.certificate(dnsName)), ca: ca.caPem, requestCert: asksClients, rejectUnauthorized: asksClients }, (request, response) => {
      const { servername, subject } = connectionOf(request.socket);
      response.end(JSON.stringify({ called: servername, client: subject?.CN ?? null, host: request.headers.host }));
    });
    server.listen(port, host);
    await once(server, 'listening');
    return new OutsideServer(server);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface TlsConnection {
  readonly servername: string | false;
  readonly getPeerCertificate: () => { readonly subject?: { readonly CN?: string } };
}

/** What Node's types leave out: the socket of an HTTPS request is one of TLS. */
function connectionOf(socket: Socket): Pick<TlsConnection, 'servername'> & { readonly subject: { readonly CN?: string } | undefined } {
  const connection = socket as unknown as TlsConnection;
  return { servername: connection.servername, subject: connection.getPeerCertificate().subject };
}
