const STRICT = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LOOSE = /^[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?(\.[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?)*$/;
const MAX_NAME = 253;

/** Whether a text is a DNS-1123 subdomain, which names of HostnameGenerators must be. */
export function isSubdomain(text: string): boolean {
  return text.length <= MAX_NAME && STRICT.test(text);
}

/** Whether a text can be asked for in DNS: labels of at most 63 characters; underscores, which service names may hold, are fine. */
export function isDnsName(text: string): boolean {
  return text.length <= MAX_NAME && LOOSE.test(text);
}
