import { describe, expect, it } from 'vitest';
import { previewText, type Preview } from './preview-text.ts';

const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const preview = (more: Partial<Preview>): Preview => ({ changed: 0, connected: 3, skipped: 0, warnings: [], items: [], ...more });

describe('the text of a preview', () => {
  it('names proxies, Envoy resources and what becomes different', () => {
    const text = previewText(preview({ changed: 2, skipped: 4, items: [{
      mesh: 'shop', name: 'web', problems: ['cds/api: too long'], refusal: 'no identity',
      changes: [
        { type: CLUSTER, name: 'api', op: 'changed', diff: [{ op: 'replace', path: '/connectTimeout', value: '7s' }, { op: 'remove', path: '/a~1b/0' }, { op: 'add', path: '/new', value: 'x'.repeat(200) }] },
        { type: CLUSTER, name: 'old', op: 'removed' },
      ],
    }] }));
    expect(text).toBe([
      '2 of 3 connected proxies would change:', '',
      'web (mesh shop)', '  ! it would get no configuration: no identity', '  ! not usable, the proxy would keep what it has: cds/api: too long',
      '  ~ Cluster api', '      ~ connectTimeout: "7s"', '      - a/b › 0', `      + new: "${'x'.repeat(159)}…`, '  - Cluster old', '',
      'and 1 more proxies', '', '4 more proxies were not looked at: there was no time for them',
    ].join('\n'));
  });

  it('says that nothing would change', () => {
    expect(previewText(preview({}))).toBe('None of 3 connected proxies would change.');
    expect(previewText(preview({ connected: 0 }))).toBe('No proxy is connected that this could change.');
  });

  it('shortens long differences', () => {
    const diff = Array.from({ length: 25 }, (_, index) => ({ op: 'remove', path: `/${index}` }));
    expect(previewText(preview({ changed: 1, items: [{ mesh: 'm', name: 'p', problems: [], changes: [{ type: CLUSTER, name: 'c', op: 'changed', diff }] }] }))).toContain('and 5 more differences');
  });
});
