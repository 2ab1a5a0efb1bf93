import { plain, plains, present, type Conversion, type Plain } from './conversion.ts';

const KINDS = ['cluster', 'listener', 'networkFilter', 'httpFilter', 'virtualHost'] as const;

/** ProxyTemplate: MeshProxyPatch. Whole resources become clusters and listeners that are added. */
export function convertProxyTemplate(conf: Plain): Conversion {
  const notes: string[] = [];
  const added = plains(conf['resources']).flatMap(({ name, resource }) => addition(String(name), String(resource), notes));
  const changed = plains(conf['modifications']).flatMap((modification) => KINDS.flatMap((kind) => (modification[kind] === undefined ? [] : [{ [kind]: change(plain(modification[kind])) }])));
  return { parts: [{ type: 'MeshProxyPatch', place: 'proxy', conf: { appendModifications: [...added, ...changed] } }], notes };
}

function change({ match, operation, value }: Plain): Plain {
  const name = String(operation);
  const { tags, ...others } = plain(match);
  return {
    operation: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    ...(match !== undefined && { match: present({ ...others, tags }) ?? {} }),
    ...(typeof value === 'string' && value !== '' && { value }),
  };
}

const TYPE = /['"]?@type['"]?\s*:\s*['"]?type\.googleapis\.com\/([\w.]+)['"]?\s*\n?/;

function addition(name: string, resource: string, notes: string[]): Plain[] {
  const type = TYPE.exec(resource)?.[1] ?? '';
  const value = resource.replace(TYPE, '');
  if (type.endsWith('.Cluster')) return [{ cluster: { operation: 'Add', value } }];
  if (type.endsWith('.Listener')) return [{ listener: { operation: 'Add', value } }];
  notes.push(`conf.resources: ${name} (${type === '' ? 'without @type' : type}) is dropped: only clusters and listeners can be added`);
  return [];
}
