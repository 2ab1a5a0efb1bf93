import { nodeCertificateCrypto as crypto } from '@weft/ca-crypto-node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLifetime, parsePem, readSigningRequest, toPem } from './index.ts';
import { ipBytes } from './ip-address.ts';
import { makeSigningRequest } from './testing.ts';

test('no text makes a parser throw', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
    expect(readSigningRequest(text, crypto).ok).toBe(false);
    parsePem(text);
    parseLifetime(text);
    ipBytes(text);
  }));
});

test('no bytes inside PEM make the reader of requests throw, and a damaged request never gives another key', async () => {
  const { csrPem, spki } = await makeSigningRequest();
  const whole = parsePem(csrPem)[0]!.bytes;
  const read = (bytes: Uint8Array) => readSigningRequest(toPem('CERTIFICATE REQUEST', bytes), crypto).ok;
  expect(read(whole)).toBe(true);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
    expect(read(bytes)).toBe(false);
  }));
  fc.assert(fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
    const damaged = Uint8Array.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ flip;
    const result = readSigningRequest(toPem('CERTIFICATE REQUEST', damaged), crypto);
    if (result.ok) expect(Array.from(result.value.spki)).toEqual(Array.from(spki));
  }));
});

test('PEM round trip', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
    expect(Array.from(parsePem(toPem('X', bytes))[0]!.bytes)).toEqual(Array.from(bytes));
  }));
});

test.each([['24h', 86_400_000], ['10y', 315_360_000_000], ['1d12h', 129_600_000], ['30s', 30_000], ['500ms', 500]])('lifetime %s', (text, ms) => {
  expect(parseLifetime(text)).toEqual({ ok: true, value: ms });
});

test.each(['', '0s', '1.5h', '-1h', '24', 'h', '1h1d', '101y', '99999999999999y'])('no lifetime: "%s"', (text) => {
  expect(parseLifetime(text).ok).toBe(false);
});

test.each([
  ['10.0.0.1', [10, 0, 0, 1]], ['::', Array.from({ length: 16 }, () => 0)], ['::ffff:1.2.3.4', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 1, 2, 3, 4]],
  ['2001:db8::1', [32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
])('bytes of %s', (text, bytes) => {
  expect(Array.from(ipBytes(text) ?? [])).toEqual(bytes);
});

test.each(['1.2.3', '256.1.1.1', ':::', '1::2::3', '1:2:3:4:5:6:7', 'host'])('no address: %s', (text) => {
  expect(ipBytes(text)).toBeUndefined();
});
