import { describe, expect, it } from 'vitest';
import { readableLine } from './readable-line.ts';

const line = (message: string): string => `[warning][config] DeltaAggregatedResources gRPC config stream to ads_cluster closed: 2, ${message}`;

describe('readableLine', () => {
  it('decodes the reason for which a stream was closed', () => {
    expect(readableLine(line('authentication%20failed:%20it%20is%20for%20%22web%22{via_upstream}'))).toBe(line('authentication failed: it is for "web"{via_upstream}'));
  });

  it('leaves what is no encoding, and other lines', () => {
    for (const text of [line('100%zz'), line(''), 'GET /a%20b 200']) expect(readableLine(text)).toBe(text);
  });
});
