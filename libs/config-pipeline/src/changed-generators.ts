import type { NameRecords } from '@weft/envoy-builders';
import { canonicalJson, contentHash } from '@weft/kernel';
import { finishedChanges, type FinishedChange } from '@weft/policy-plugins';
import type { DnsView, ProxyClass, ProxyView } from '@weft/proxy-view';
import type { Generator, GroupGenerator, Unit } from './generator.ts';

type Confs = ProxyView['confs'];

/**
 * The generators for proxies whose policies change finished resources (MeshProxyPatch): each unit is built and then
 * changed, on its own, so that a change that fails costs only the unit that it fails on; what is added makes units of its
 * own. The same generators where there is no such policy: then nothing is built twice.
 */
export function changedGenerators(generators: readonly Generator[], confs: Confs): readonly Generator[] {
  const changes = finishedChanges(confs);
  if (changes.length === 0) return generators;
  const key = contentHash(canonicalJson(confs));
  const change = (unit: Unit, origin: string): Unit => changedUnit(unit, { changes, key, origin });
  return [...generators.map((generator) => changed(generator, change)), ...changes.map((made, at) => additions(made, `${key} ${at}`))];
}

/** Whether resources of these proxies may refer to clusters that a policy took away: then the routes to them fail, as asked. */
export function maySeverClusters({ confs }: Pick<ProxyClass, 'confs'>): boolean {
  return finishedChanges(confs).length > 0;
}

type ChangeUnit = (unit: Unit, origin: string) => Unit;

function changed(generator: Generator, change: ChangeUnit): Generator {
  const { origin } = generator;
  switch (generator.scope) {
    case 'proxy': return { ...generator, units: (view: ProxyView) => generator.units(view).map((unit) => change(unit, origin)) };
    case 'group': return {
      ...generator,
      * units(group, context) {
        for (const unit of generator.units(group, context)) yield change(unit, origin);
      },
    };
    case 'names': return { ...generator, unit: (records: NameRecords, dns: DnsView) => change(generator.unit(records, dns), origin) };
    // Endpoints are nobody's to patch.
    case 'endpoints': return generator;
  }
}

interface UnitChange {
  readonly changes: readonly FinishedChange[];
  readonly key: string;
  readonly origin: string;
}

function changedUnit(unit: Unit, { changes, key, origin }: UnitChange): Unit {
  return {
    id: unit.id,
    key: `changed ${key} ${origin} ${unit.key}`,
    build: () => changes.reduce((resources, { change }) => change(origin, resources), unit.build()),
  };
}

function additions({ change, additions: origin }: FinishedChange, key: string): GroupGenerator {
  return { name: origin, origin, scope: 'group', units: () => [{ id: origin, key: `additions ${key}`, build: () => change(origin, []) }] };
}
