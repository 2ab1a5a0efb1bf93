import { expect, it } from 'vitest';
import { redactTokens } from './redact-tokens.ts';

const TOKEN = ['eyJhbGciOiJSUzI1NiJ9', 'eyJOYW1lIjoid2ViLTEifQ', 'c2lnbmF0dXJlLXNpZ25hdHVyZQ'].join('.');

it('takes credentials out wherever a bootstrap may hold them, and leaves all else as it was', () => {
  const bootstrap = {
    initial_metadata: [{ key: 'authorization', value: `Bearer ${TOKEN}` }, { key: 'x-env', value: 'prod' }],
    headers: [{ header: { key: 'Authorization', raw_value: 'c2VjcmV0' } }, { header: { key: 'authorization', value: 'quote " and \\ inside' } }],
    call_credentials: [{ access_token: TOKEN }],
    text: `token=${TOKEN};`,
    names: ['eyJ.not.a-token', 'kri_msvc_default'],
  };
  const redacted = JSON.parse(redactTokens(JSON.stringify(bootstrap, null, 1))) as typeof bootstrap;
  expect(redacted).toEqual({
    initial_metadata: [{ key: 'authorization', value: '[redacted]' }, { key: 'x-env', value: 'prod' }],
    headers: [{ header: { key: 'Authorization', raw_value: '[redacted]' } }, { header: { key: 'authorization', value: '[redacted]' } }],
    call_credentials: [{ access_token: '[redacted]' }],
    text: 'token=[redacted];',
    names: ['eyJ.not.a-token', 'kri_msvc_default'],
  });
});
