/** Labels of DNS; underscores appear in names of services. */
const DOMAIN = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i;
const END = '}}';

/** The domain in which all names of a HostnameGenerator's template lie: `svc.mesh.local` for `{{ .Name }}.svc.mesh.local`. Undefined where the template's end is not fixed. */
export function templateDomain(template: string): string | undefined {
  const last = template.lastIndexOf(END);
  const fixed = last === -1 ? template : template.slice(last + END.length).replace(/^[^.]*\.?/, '');
  return DOMAIN.test(fixed) ? fixed.toLowerCase() : undefined;
}
