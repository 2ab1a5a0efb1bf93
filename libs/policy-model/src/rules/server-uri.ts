/** What keeps text from being the URI of a server that proxies ask, in words; undefined where it is one. */
export function serverUriProblem(uri: string, schemes: readonly string[]): string | undefined {
  const [, scheme = '', host = ''] = /^([a-z]+):\/\/([^/?#@\s]+)(\/[^#\s]*)?$/.exec(uri) ?? [];
  const known = schemes.includes(scheme) && !/[^a-zA-Z0-9.:[\]-]/.test(host);
  return known ? undefined : `must be a URI with a host, without user and fragment, and one of the schemes ${schemes.join(', ')}`;
}
