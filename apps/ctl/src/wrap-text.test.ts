import { expect, it } from 'vitest';
import { wrapText } from './wrap-text.ts';

it('breaks between words, indents what follows, keeps long words and line breaks', () => {
  const text = 'one two three\nfour averyverylongword five';
  expect(wrapText(text, { width: 12, first: '> ', indent: '  ' })).toBe('> one two\n  three\n  four\n  averyverylongword\n  five');
});

it('leaves everything in one line where there is no screen', () => {
  expect(wrapText('one two three', { width: undefined, first: '> ', indent: '  ' })).toBe('> one two three');
});
