import { Sensitive } from '@weft/kernel';
import { expect, test } from 'vitest';
import { createLogger } from './pino-logger.ts';

function capture(isTTY: boolean) {
  const lines: string[] = [];
  return { lines, destination: { isTTY, write: (line: string) => void lines.push(line) } };
}

test('JSON lines off a terminal: level name, ISO time, fields, message', () => {
  const { lines, destination } = capture(false);
  createLogger({ destination, fields: { instance: 'i1' } }).child({ app: 'ca-service' }).info({ mesh: 'default' }, 'made a CA');
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', instance: 'i1', app: 'ca-service', mesh: 'default', message: 'made a CA' });
});

test('plain lines on a terminal, with the stack of an error under them', () => {
  const { lines, destination } = capture(true);
  createLogger({ destination }).error({ app: 'x', err: new Error('boom') }, 'it broke');
  expect(lines[0]).toContain('x: it broke');
  expect(lines[0]).toContain('boom');
  expect(lines[0]).not.toContain('{"');
});

test('secrets show as stars, and lines under the level are left out', () => {
  const { lines, destination } = capture(false);
  const log = createLogger({ destination, level: 'warn' });
  log.info({}, 'not written');
  log.warn({ key: new Sensitive('hunter2') }, 'written');
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('hunter2');
});

test('off writes nothing', () => {
  const { lines, destination } = capture(false);
  createLogger({ destination, level: 'off' }).error({}, 'x');
  expect(lines).toEqual([]);
});
