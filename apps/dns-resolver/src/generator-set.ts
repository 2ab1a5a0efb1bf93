import { LabelIndex, type Generator } from '@weft/dns-core';
import { compareText, equalData } from '@weft/kernel';
import type { HostnameGeneratorSpec, Resource, ResourceId } from '@weft/resource-model';
import { SERVICE_KINDS, type ServiceType } from './service-kinds.ts';

type Labels = Readonly<Record<string, string>>;
type KnownGenerator = Generator & { readonly type: ServiceType };

/** HostnameGenerators and the services that they may name. */
export class GeneratorSet {
  readonly #generators = new Map<string, KnownGenerator>();
  readonly #services = new Map<ServiceType, LabelIndex<ResourceId>>(SERVICE_KINDS.map(({ type }) => [type, new LabelIndex<ResourceId>()]));

  /** Sets or removes a generator; gives the services that it selected or selects now. */
  setGenerator(name: string, resource: Resource<HostnameGeneratorSpec> | undefined): ReadonlySet<ResourceId> {
    const before = this.#generators.get(name);
    const after = resource === undefined ? undefined : readGenerator(name, resource.spec);
    if (equalData(before, after)) return new Set();
    if (after === undefined) this.#generators.delete(name);
    else this.#generators.set(name, after);
    return new Set([before, after].flatMap((generator) => (generator === undefined ? [] : this.#services.get(generator.type)?.matching(generator.matchLabels) ?? [])));
  }

  /** Sets the labels of a service; undefined removes it. */
  setService(type: ServiceType, id: ResourceId, labels: Labels | undefined): void {
    this.#services.get(type)?.set(id, labels);
  }

  /** Generators for services of a type, by name. */
  of(type: ServiceType): readonly Generator[] {
    return [...this.#generators.values()].filter((generator) => generator.type === type).sort((a, b) => compareText(a.name, b.name));
  }

  get names(): Iterable<string> {
    return this.#generators.keys();
  }
}

function readGenerator(name: string, { selector = {}, template = '' }: HostnameGeneratorSpec): KnownGenerator | undefined {
  for (const kind of SERVICE_KINDS) {
    const selected = selector[kind.selector];
    if (selected !== undefined) return { name, template, matchLabels: selected.matchLabels ?? {}, type: kind.type };
  }
  return undefined;
}
