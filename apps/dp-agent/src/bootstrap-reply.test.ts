import { describe, expect, it } from 'vitest';
import { judgeBootstrapReply } from './bootstrap-reply.ts';

describe('judgeBootstrapReply', () => {
  it('unpacks a good answer', () => {
    expect(judgeBootstrapReply({ status: 200, body: JSON.stringify({ bootstrap: Buffer.from('node: {}').toString('base64') }) })).toEqual({ kind: 'ok', bootstrap: 'node: {}' });
  });

  it.each([
    [{ status: 404, body: '' }, 'retry', 'does not know this proxy'],
    [{ status: 404, body: '404: Page Not Found' }, 'fatal', '5678'],
    [{ status: 422, body: 'mesh: mesh "x" does not exist' }, 'fatal', 'Invalid request: mesh'],
    [{ status: 500, body: 'oops' }, 'retry', '500 oops'],
    [{ status: 200, body: '<html>' }, 'fatal', 'without a bootstrap'],
    [{ failure: 'connect ECONNREFUSED', code: 'ECONNREFUSED' }, 'retry', 'cannot be reached'],
    [{ failure: 'self-signed certificate', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'fatal', '--ca-cert-file'],
    [{ failure: 'wrong version number', code: 'EPROTO' }, 'fatal', '--cp-address'],
  ] as const)('judges %j as %s', (reply, kind, words) => {
    const verdict = judgeBootstrapReply(reply);
    expect(verdict.kind).toBe(kind);
    expect(verdict.kind === 'ok' ? '' : verdict.why).toContain(words);
  });
});
