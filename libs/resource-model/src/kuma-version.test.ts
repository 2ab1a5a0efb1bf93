import { expect, it } from 'vitest';
import { isCompatibleAgent, KUMA_VERSION } from './index.ts';

it.each([
  [KUMA_VERSION, true],
  ['2.14.3+weft.0.1.0', true],
  ['v2.12.0', true],
  ['2.16.0-preview.1', true],
  ['2.11.9', false],
  ['2.17.0', false],
  ['1.14.3', false],
  ['3.0.0', false],
  ['0.0.0-preview.vdeadbeef', false],
  ['unknown', true],
  ['', true],
])('an agent of version %j: compatible is %j', (version, compatible) => {
  expect(isCompatibleAgent(version)).toBe(compatible);
});
