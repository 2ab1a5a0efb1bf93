import { renderTemplate } from '@weft/name-template';
import { isSubdomain } from './dns-name.ts';

/** A service that generators may name. */
export interface NamedObject {
  readonly name: string;
  readonly mesh: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What is needed of a HostnameGenerator. */
export interface Generator {
  readonly name: string;
  readonly template: string;
  readonly matchLabels: Readonly<Record<string, string>>;
}

/** What one generator says of one service: a name, or why there is none. */
export interface GeneratedName {
  readonly generator: string;
  /** What the template gave, also where it collides. */
  readonly hostname?: string;
  readonly reason: 'Generated' | 'TemplateError' | 'Collision';
  readonly message: string;
}

/**
 * The names that the generators selecting `object` give it, in the generators' order. `isFree` tells whether the object
 * may have a name; one that another object holds is a collision. Never throws.
 */
export function generateHostnames(object: NamedObject, generators: readonly Generator[], isFree: (hostname: string) => boolean): readonly GeneratedName[] {
  return generators.filter(({ matchLabels }) => isSelected(object, matchLabels)).map(({ name: generator, template }) => {
    const rendered = renderTemplate(template, { fields: fieldsOf(object), label: (key) => object.labels[key] });
    if (!rendered.ok) return { generator, reason: 'TemplateError', message: rendered.error };
    const hostname = rendered.value;
    if (!isSubdomain(hostname)) return { generator, reason: 'TemplateError', message: `"${hostname}" is no valid DNS name` };
    if (!isFree(hostname)) return { generator, hostname, reason: 'Collision', message: `hostname "${hostname}" belongs to another resource` };
    return { generator, hostname, reason: 'Generated', message: '' };
  });
}

function isSelected({ labels }: NamedObject, matchLabels: Readonly<Record<string, string>>): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

function fieldsOf({ name, mesh, labels }: NamedObject): Readonly<Record<string, string>> {
  return { Name: name, DisplayName: labels['kuma.io/display-name'] ?? name, Namespace: labels['k8s.kuma.io/namespace'] ?? '', Mesh: mesh, Zone: labels['kuma.io/zone'] ?? '' };
}
