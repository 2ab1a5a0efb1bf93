import { connect, type TLSSocket } from 'node:tls';
import type { ApiClient } from '@weft/api-client';
import { leafTemplate, loadAuthority, signCertificate } from '@weft/ca-core';
import { nodeCertificateCrypto } from '@weft/ca-crypto-node';
import { makeKeyWithRequest } from '@weft/service-runtime';

const HOUR = 3_600_000;

/** What came of a call. */
export interface MeshAnswer {
  /** The whole answer as text; empty where the connection was refused or cut. */
  readonly text: string;
  /** URIs in the certificate of whoever ended the TLS connection. */
  readonly server: readonly string[];
}

/** A client with a certificate of a mesh's builtin CA `ca-1`, which says in TLS what it asks for: a sidecar of another zone. */
export class MeshCaller {
  readonly #credentials: { readonly cert: string; readonly key: string; readonly ca: string };

  private constructor(credentials: { readonly cert: string; readonly key: string; readonly ca: string }) {
    this.#credentials = credentials;
  }

  /** Speaks for a service of a mesh; the CA's key is read from the control plane. */
  static async of(api: ApiClient, mesh: string, service: string): Promise<MeshCaller> {
    const secret = async (name: string): Promise<string> => Buffer.from(String((await api.getJson(`/meshes/${mesh}/secrets/${mesh}.${name}`))['data']), 'base64').toString();
    const ca = await secret('ca-builtin-cert-ca-1');
    const authority = loadAuthority(ca, await secret('ca-builtin-key-ca-1'), { what: mesh }, nodeCertificateCrypto);
    const { keyPem, csrPem } = await makeKeyWithRequest();
    const template = leafTemplate({ mesh, services: [service], tags: {} }, Date.now(), HOUR);
    const { certificatePem } = await signCertificate({ template, csrPem }, authority, nodeCertificateCrypto);
    return new MeshCaller({ cert: certificatePem, key: keyPem.reveal(), ca });
  }

  /** One HTTP request by way of an ingress. */
  ask({ host, port }: { readonly host: string; readonly port: number }, sni: string): Promise<MeshAnswer> {
    return new Promise((resolve) => {
      let text = '';
      let server: readonly string[] = [];
      const socket: TLSSocket = connect({ host, port, servername: sni, ALPNProtocols: ['kuma'], ...this.#credentials, checkServerIdentity: () => undefined, timeout: 20_000 }, () => {
        server = (socket.getPeerCertificate().subjectaltname ?? '').split(', ').flatMap((name) => (name.startsWith('URI:') ? [name.slice('URI:'.length)] : []));
        socket.write('GET / HTTP/1.1\r\nhost: any\r\nconnection: close\r\n\r\n');
      });
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('timeout', () => socket.destroy());
      socket.on('error', () => undefined);
      socket.on('close', () => resolve({ text, server }));
    });
  }
}
