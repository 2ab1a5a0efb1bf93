import { plain, plains, present, type Conversion, type Plain } from './conversion.ts';

/** RateLimit: MeshRateLimit, callers by their identity instead of what they say of themselves. */
export function convertRateLimit(conf: Plain): Conversion {
  const { requests, interval, onRateLimit } = plain(conf['http']);
  const { status, headers } = plain(onRateLimit);
  const named = (append: boolean): readonly Plain[] | undefined => {
    const found = plains(headers).filter((header) => (header['append'] === true) === append).map(({ key, value }) => ({ name: key, value }));
    return found.length === 0 ? undefined : found;
  };
  const http = present({ requestRate: { num: requests, interval }, onRateLimit: present({ status, headers: present({ set: named(false), add: named(true) }) }) });
  return { parts: [{ type: 'MeshRateLimit', place: 'callers', byIdentity: true, conf: { local: { http } } }], notes: [] };
}
