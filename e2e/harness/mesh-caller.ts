import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { ApiClient } from '@weft/api-client';
import { createAuthority, leafTemplate, loadAuthority, signCertificate, workloadTemplate, type Authority, type CertificateTemplate } from '@weft/ca-core';
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

/** Certificate and key of the caller, and how it checks the other side. */
type Credentials = Pick<ConnectionOptions, 'cert' | 'key' | 'ca' | 'rejectUnauthorized'>;

/** A client with a certificate, which says in TLS what it asks for: a sidecar of another zone. */
export class MeshCaller {
  readonly #credentials: Credentials;

  private constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Speaks for a service of a mesh by its builtin CA `ca-1`, whose key is read from the control plane. */
  static async of(api: ApiClient, mesh: string, service: string): Promise<MeshCaller> {
    const secret = async (name: string): Promise<string> => Buffer.from(String((await api.getJson(`/meshes/${mesh}/secrets/${mesh}.${name}`))['data']), 'base64').toString();
    const ca = await secret('ca-builtin-cert-ca-1');
    const authority = loadAuthority(ca, await secret('ca-builtin-key-ca-1'), { what: mesh }, nodeCertificateCrypto);
    return MeshCaller.#signed(leafTemplate({ mesh, services: [service], tags: {} }, Date.now(), HOUR), authority, { ca });
  }

  /** Speaks for a workload of a trust domain that nobody knows yet; `caPem` is what a MeshTrust must say of it. */
  static async ofDomain(trustDomain: string): Promise<{ readonly caller: MeshCaller; readonly caPem: string }> {
    const made = await createAuthority({ commonName: trustDomain }, { key: { type: 'ec', curve: 'P-256' }, now: Date.now(), lifetimeMs: HOUR, uris: [`spiffe://${trustDomain}`] }, nodeCertificateCrypto);
    const authority = loadAuthority(made.certificatePem, made.privateKeyPem.reveal(), { what: trustDomain }, nodeCertificateCrypto);
    const caller = await MeshCaller.#signed(workloadTemplate(`spiffe://${trustDomain}/workload/web`, Date.now(), HOUR), authority, { rejectUnauthorized: false });
    return { caller, caPem: made.certificatePem };
  }

  static async #signed(template: CertificateTemplate, authority: Authority, server: Pick<Credentials, 'ca' | 'rejectUnauthorized'>): Promise<MeshCaller> {
    const { keyPem, csrPem } = await makeKeyWithRequest();
    const { certificatePem } = await signCertificate({ template, csrPem }, authority, nodeCertificateCrypto);
    return new MeshCaller({ cert: certificatePem, key: keyPem.reveal(), ...server });
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
