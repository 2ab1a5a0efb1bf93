import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { answer, REQUESTS, type Bus } from '@weft/bus';
import { MeshError, type Clock } from '@weft/kernel';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const LEAF_MS = 24 * 3_600_000;

/** Signs what the DP server asks for with a CA of its own; stands in for ca-service. */
export class TestSigner {
  /** Leaves signed. */
  leaves = 0;
  /** Server certificates signed. They are said to end after a day. */
  servers = 0;
  /** Certificates of admin listeners signed. */
  admins = 0;
  /** Signs none of these. */
  refuseAdmins = false;
  /** More certificates of the CA of admin channels: with another bundle it counts as another CA. */
  adminCaMore = '';
  generation = 1;
  readonly caPem: string;
  readonly #ca: x509.X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #clock: Clock;

  private constructor(ca: x509.X509Certificate, keys: webcrypto.CryptoKeyPair, clock: Clock) {
    this.#ca = ca;
    this.#keys = keys;
    this.#clock = clock;
    this.caPem = ca.toString('pem');
  }

  static async start(bus: Bus, clock: Clock): Promise<TestSigner> {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const ca = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=test CA', keys, signingAlgorithm: ALGORITHM, notBefore: new Date('2020-01-01'), notAfter: new Date('2050-01-01'),
      extensions: [new x509.BasicConstraintsExtension(true)],
    });
    const signer = new TestSigner(ca, keys, clock);
    await answer(bus, REQUESTS.signLeaf, async ({ csrPem, mesh, services }) => {
      signer.leaves++;
      const notBefore = clock.now();
      const uris = services.map((service) => ({ type: 'url' as const, value: `spiffe://${mesh}/${service}` }));
      const leaf = await signer.#sign(csrPem, { uris, notBefore, notAfter: notBefore + LEAF_MS });
      return { certificatePem: leaf.toString('pem'), serial: leaf.serialNumber, notBefore, notAfter: notBefore + LEAF_MS, backend: 'ca-1', issuerGeneration: signer.generation };
    });
    await answer(bus, REQUESTS.signServer, async ({ csrPem, dnsNames, ipAddresses, purpose }) => {
      if (purpose === 'server') signer.servers++;
      if (purpose === 'envoy-admin-server') {
        if (signer.refuseAdmins) throw new MeshError('store/unavailable', 'not now');
        signer.admins++;
      }
      const caPem = purpose === 'server' ? signer.caPem : signer.caPem + signer.adminCaMore;
      const names = [...dnsNames.map((value) => ({ type: 'dns' as const, value })), ...ipAddresses.map((value) => ({ type: 'ip' as const, value }))];
      // The fake clock of a test may be far from the time by which a TLS client judges.
      const certificate = await signer.#sign(csrPem, { uris: names, notBefore: Date.parse('2020-01-01'), notAfter: Date.parse('2049-01-01') });
      return { certificatePem: certificate.toString('pem'), caPem, notAfter: clock.now() + LEAF_MS };
    });
    return signer;
  }

  async #sign(csrPem: string, { uris, notBefore, notAfter }: { uris: { type: 'dns' | 'ip' | 'url'; value: string }[]; notBefore: number; notAfter: number }): Promise<x509.X509Certificate> {
    const request = new x509.Pkcs10CertificateRequest(csrPem);
    if (!(await request.verify())) throw new Error('the request is not signed by its key');
    return x509.X509CertificateGenerator.create({
      serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString('hex'),
      subject: '', issuer: this.#ca.subject, notBefore: new Date(notBefore), notAfter: new Date(notAfter),
      publicKey: request.publicKey, signingKey: this.#keys.privateKey, signingAlgorithm: ALGORITHM,
      extensions: [new x509.SubjectAlternativeNameExtension(uris)],
    });
  }

  get now(): number {
    return this.#clock.now();
  }
}
