import { MeshError } from '@weft/kernel';

const DEFAULT_SIZE = 100;
const MAX_SIZE = 1000;

/** A part of a list. */
export interface PageRequest {
  readonly size: number;
  readonly offset: number;
}

/** One page with its place in the whole, as the API answers. */
export interface PageAnswer {
  readonly total: number;
  readonly items: readonly unknown[];
  readonly next: string | null;
}

/** Reads `size` (default 100, at most 1,000) and `offset`. Throws `resource/invalid` with the words of Kuma 2.14. */
export function parsePage(query: URLSearchParams): PageRequest {
  return { size: parseSize(query.get('size')), offset: parseOffset(query.get('offset')) };
}

/** Cuts a page; `link` is the absolute URL of the list with its query. */
export async function pageOf<T>(all: readonly T[], page: PageRequest, options: { readonly link: URL; readonly show: (item: T) => unknown }): Promise<PageAnswer> {
  const end = page.offset + page.size;
  const items = await Promise.all(all.slice(page.offset, end).map(options.show));
  return { total: all.length, items, next: end < all.length ? nextLink(options.link, page, end) : null };
}

function nextLink(link: URL, { size }: PageRequest, offset: number): string {
  const next = new URL(link);
  next.searchParams.set('offset', String(offset));
  next.searchParams.set('size', String(size));
  next.searchParams.sort();
  return next.href;
}

function parseSize(text: string | null): number {
  if (text === null || text === '') return DEFAULT_SIZE;
  if (!/^[+-]?\d+$/.test(text)) throw invalidSize('invalid format');
  const size = Number(text);
  if (size <= 0) throw invalidSize('must be greater than 0');
  if (size > MAX_SIZE) throw invalidSize(`invalid page size of ${size}. Maximum page size is ${MAX_SIZE}`);
  return size;
}

function parseOffset(text: string | null): number {
  if (text === null || text === '') return 0;
  const offset = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(offset)) return offset;
  throw new MeshError('resource/invalid', `invalid: invalid offset: "${text.slice(0, 100)}" is no number`);
}

function invalidSize(message: string): MeshError {
  return new MeshError('resource/invalid', 'Invalid page size', { violations: [{ path: 'size', message }] });
}
