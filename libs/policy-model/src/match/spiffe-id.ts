/** What keeps text from being a SPIFFE ID, in words; undefined where it is one. Source: SPIFFE ID specification, §2. */
export function spiffeIdProblem(text: string): string | undefined {
  if (text === '') return 'cannot be empty';
  if (!text.startsWith('spiffe://')) return 'scheme is missing or invalid';
  const [trustDomain = '', ...segments] = text.slice('spiffe://'.length).split('/');
  if (trustDomain === '') return 'trust domain is missing';
  if (!/^[a-z0-9._-]+$/.test(trustDomain)) return 'trust domain characters are limited to lowercase letters, numbers, dots, dashes, and underscores';
  if (segments.at(-1) === '') return 'path cannot have a trailing slash';
  return segments.map(segmentProblem).find((problem) => problem !== undefined);
}

function segmentProblem(segment: string): string | undefined {
  if (segment === '') return 'path cannot contain empty segments';
  if (segment === '.' || segment === '..') return 'path cannot contain dot segments';
  return /^[a-zA-Z0-9._-]+$/.test(segment) ? undefined : 'path segment characters are limited to letters, numbers, dots, dashes, and underscores';
}
