import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { MeshError } from '@weft/kernel';
import { generateSigningKey, rsaPublicKeyPem } from '@weft/tokens';
import { BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension, PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { isIP } from 'node:net';
import type { CliContext } from '../context.ts';
import { readSigningKey } from './generate-token.ts';

/** `weftctl generate signing-key`: an RSA key that signs tokens, base64 on one line or as PEM. */
export async function generateSigningKeyCommand(context: CliContext, flags: { readonly format: string }): Promise<void> {
  if (flags.format !== 'pem' && flags.format !== 'pem-base64') throw new MeshError('request/invalid', 'invalid format');
  const pem = await generateSigningKey();
  context.print(flags.format === 'pem' ? pem : Buffer.from(pem).toString('base64'));
}

/** `weftctl generate public-key`: the public half of a signing key. */
export function generatePublicKey(context: CliContext, flags: { readonly signingKeyPath: string }): void {
  context.print(rsaPublicKeyPem(readSigningKey(flags.signingKeyPath)));
}

/** Flags of `generate tls-certificate`. */
export interface TlsCertificateFlags {
  readonly type: string;
  readonly hostname: readonly string[];
  readonly keyFile: string;
  readonly certFile: string;
  readonly keyType: string;
}

const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;
const ALGORITHMS = {
  rsa: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  ecdsa: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
} as const;

/** `weftctl generate tls-certificate`: a self-signed pair for servers or clients of the control plane. */
export async function generateTlsCertificate(context: CliContext, flags: TlsCertificateFlags): Promise<void> {
  if (flags.type !== 'client' && flags.type !== 'server') throw new MeshError('request/invalid', `--type must be client or server, not "${flags.type}"`);
  if (flags.keyType !== 'rsa' && flags.keyType !== 'ecdsa') throw new MeshError('request/invalid', `--key-type must be rsa or ecdsa, not "${flags.keyType}"`);
  const { keyPem, certPem } = await selfSigned({ usage: flags.type, hostnames: flags.hostname, keyType: flags.keyType });
  put(context, { path: flags.keyFile, pem: keyPem, mode: 0o400 });
  put(context, { path: flags.certFile, pem: certPem, mode: 0o600 });
  if (flags.keyFile !== '-' && flags.certFile !== '-') context.print(`Private key saved in ${flags.keyFile}\nCertificate saved in ${flags.certFile}\n`);
}

function put(context: CliContext, file: { readonly path: string; readonly pem: string; readonly mode: number }): void {
  if (file.path === '-') return context.print(file.pem);
  writeFileSync(file.path, file.pem, { mode: file.mode });
}

async function selfSigned(wanted: { readonly usage: 'client' | 'server'; readonly hostnames: readonly string[]; readonly keyType: keyof typeof ALGORITHMS }): Promise<{ keyPem: string; certPem: string }> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHMS[wanted.keyType], true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${wanted.hostnames[0] ?? 'localhost'}`,
    notBefore: new Date(now),
    notAfter: new Date(now + TEN_YEARS_MS),
    signingAlgorithm: ALGORITHMS[wanted.keyType],
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment | KeyUsageFlags.keyCertSign, true),
      new ExtendedKeyUsageExtension([wanted.usage === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension(wanted.hostnames.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }))),
    ],
  }, webcrypto);
  return { keyPem: `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')}\n`, certPem: `${certificate.toString('pem')}\n` };
}
