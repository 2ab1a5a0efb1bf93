import { describe, expect, it } from 'vitest';
import { TypeReceipts } from './type-receipts.ts';

const at = (n: number): { epoch: string; n: number } => ({ epoch: 'e', n });

describe('receipts of a stream', () => {
  it('go from sent to accepted, with the revision at which it was sent', () => {
    const receipts = new TypeReceipts();
    receipts.sent('cds', 1000, at(7));
    expect(receipts.toJson()).toEqual({ cds: { state: 'STALE', since: '1970-01-01T00:00:01.000Z', revision: 'e.7' } });
    receipts.acknowledged('cds', 2000, undefined);
    expect(receipts.toJson()).toEqual({ cds: { state: 'SYNCED', since: '1970-01-01T00:00:02.000Z', revision: 'e.7' } });
  });

  it("keep Envoy's words for as long as it refuses something of the type", () => {
    const receipts = new TypeReceipts();
    receipts.sent('lds', 1000, at(7));
    receipts.rejected('lds', 2000, 'cannot bind');
    receipts.sent('lds', 3000, at(8));
    receipts.acknowledged('lds', 4000, ['cannot bind']);
    // Refused since the first time, however often it is sent again.
    expect(receipts.toJson()).toEqual({ lds: { state: 'NACK', since: '1970-01-01T00:00:02.000Z', revision: 'e.8', message: 'cannot bind' } });
    receipts.rejected('lds', 4500, 'another reason');
    expect(receipts.toJson()).toMatchObject({ lds: { since: '1970-01-01T00:00:04.500Z' } });
    receipts.sent('lds', 5000, at(9));
    receipts.acknowledged('lds', 6000, undefined);
    expect(receipts.toJson()).toEqual({ lds: { state: 'SYNCED', since: '1970-01-01T00:00:06.000Z', revision: 'e.9' } });
  });

  it('begin anew with each stream', () => {
    const receipts = new TypeReceipts();
    receipts.sent('cds', 1000, undefined);
    receipts.reset();
    expect(receipts.toJson()).toEqual({});
  });
});
