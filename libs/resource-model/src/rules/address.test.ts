import { expect, it } from 'vitest';
import { isIp } from './address.ts';

it.each([
  ['10.0.0.1', true], ['255.255.255.255', true], ['256.0.0.1', false], ['1.2.3', false], ['01.2.3.4', false],
  ['::', true], ['::1', true], ['fd00::1', true], ['1:2:3:4:5:6:7:8', true], ['1:2:3:4:5:6:7', false], ['1::2::3', false],
  ['::ffff:10.0.0.1', true], ['1:2:3:4:5:6:7:8::', false], ['12345::', false], ['', false], ['web', false],
] as const)('%s: %s', (text, expected) => expect(isIp(text)).toBe(expected));
