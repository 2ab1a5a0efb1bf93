import 'reflect-metadata';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { expect, it } from 'vitest';
import { makeKeyWithRequest } from './certificate-request.ts';

it.each([['ec-p256', 'ec'], ['rsa-2048', 'rsa']] as const)('a %s request is signed by the key that comes with it', async (type, kind) => {
  const { keyPem, csrPem } = await makeKeyWithRequest(type);
  const request = new Pkcs10CertificateRequest(csrPem);
  expect(await request.verify()).toBe(true);
  expect(request.subject).toBe('');
  const key = createPrivateKey(keyPem.reveal());
  expect(key.asymmetricKeyType).toBe(kind);
  expect(Buffer.from(request.publicKey.rawData)).toEqual(createPublicKey(key).export({ type: 'spki', format: 'der' }));
});

it('makes another key each time', async () => {
  const [one, two] = await Promise.all([makeKeyWithRequest(), makeKeyWithRequest()]);
  expect(one.keyPem.reveal()).not.toBe(two.keyPem.reveal());
  expect(JSON.stringify(one)).not.toContain('PRIVATE KEY');
});
