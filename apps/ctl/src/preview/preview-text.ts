/** Answer of `POST /_preview`. */
export interface Preview {
  readonly changed: number;
  readonly connected: number;
  readonly skipped: number;
  readonly warnings: readonly string[];
  readonly items: readonly ProxyPreview[];
}

interface ProxyPreview {
  readonly mesh: string;
  readonly name: string;
  readonly refusal?: string;
  readonly problems: readonly string[];
  readonly changes: readonly EnvoyChange[];
}

interface EnvoyChange {
  readonly type: string;
  readonly name: string;
  readonly op: 'added' | 'changed' | 'removed';
  readonly diff?: readonly { readonly op: string; readonly path: string; readonly value?: unknown }[];
}

const MARK = { added: '+', changed: '~', removed: '-' } as const;
/** Lines of difference that one resource may take, and characters of one. */
const MAX_LINES = 20;
const MAX_CHARACTERS = 160;

/** The preview for a reader: how many proxies, then for each its Envoy resources, with what becomes different in them. */
export function previewText({ changed, connected, skipped, items }: Preview): string {
  if (connected === 0) return 'No proxy is connected that this could change.';
  const of = `of ${connected} connected ${connected === 1 ? 'proxy' : 'proxies'}`;
  const head = changed === 0 ? `None ${of} would change.` : `${changed} ${of} would change:`;
  const rest = [
    ...(changed > items.length ? [`and ${changed - items.length} more proxies`] : []),
    ...(skipped > 0 ? [`${skipped} more proxies were not looked at: there was no time for them`] : []),
  ];
  return [head, ...items.map(proxyText), ...rest].join('\n\n').trimEnd();
}

function proxyText({ mesh, name, refusal, problems, changes }: ProxyPreview): string {
  return [
    `${name} (mesh ${mesh})`,
    ...(refusal === undefined ? [] : [`  ! it would get no configuration: ${refusal}`]),
    ...problems.map((problem) => `  ! not usable, the proxy would keep what it has: ${problem}`),
    ...changes.flatMap(changeLines),
  ].join('\n');
}

function changeLines({ type, name, op, diff = [] }: EnvoyChange): readonly string[] {
  const lines = diff.slice(0, MAX_LINES).map((operation) => `      ${operationText(operation)}`);
  const more = diff.length > MAX_LINES ? [`      and ${diff.length - MAX_LINES} more differences`] : [];
  return [`  ${MARK[op]} ${type.split('.').at(-1) ?? type} ${name}`, ...lines, ...more];
}

function operationText({ op, path, value }: { readonly op: string; readonly path: string; readonly value?: unknown }): string {
  const field = path.slice(1).split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).join(' › ');
  if (op === 'remove') return `- ${field}`;
  const text = JSON.stringify(value);
  return `${op === 'add' ? '+' : '~'} ${field}: ${text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text}`;
}
