import { describe, expect, it } from 'vitest';
import { isSuspect, verdictOn, type GlobalLink, type ZoneVerdict } from './zone-verdict.ts';

const LINKS: readonly GlobalLink[] = ['up', 'settling', 'unsure', 'down'];
const ONLINE = [true, false, undefined] as const;
const BEFORE: readonly ZoneVerdict[] = ['usual', 'lowered', 'withdrawn'];
const verdict = (link: GlobalLink, online: boolean | undefined, answers: boolean | undefined, before: ZoneVerdict = 'usual'): ZoneVerdict => verdictOn({ link, online, answers, before });

describe('what is done about a zone', () => {
  it('that answers: it is used, whatever anybody says', () => {
    for (const link of LINKS) for (const online of ONLINE) for (const before of BEFORE) expect(verdict(link, online, true, before)).toBe('usual');
  });

  it('that is alive: it is used, whether it answers or not', () => {
    for (const online of [true, undefined]) for (const answers of [false, undefined]) for (const before of BEFORE) expect(verdict('up', online, answers, before)).toBe('usual');
  });

  it('that is offline and does not answer: it is withdrawn, if the global control plane is there to say so', () => {
    for (const before of BEFORE) expect(LINKS.map((link) => verdict(link, false, false, before))).toEqual(['withdrawn', 'withdrawn', before, before === 'withdrawn' ? 'withdrawn' : 'lowered']);
  });

  it('without the global control plane it is lowered at most, whatever that said last', () => {
    for (const online of ONLINE) expect([verdict('down', online, false), verdict('down', online, false, 'lowered')]).toEqual(['lowered', 'lowered']);
    for (const online of ONLINE) expect(verdict('down', online, false, 'withdrawn')).toBe('withdrawn');
  });

  it('that nobody has looked at: it stays what it is, unless it is alive', () => {
    for (const before of BEFORE) for (const link of LINKS) expect(verdict(link, false, undefined, before)).toBe(before);
    for (const before of BEFORE) for (const link of ['settling', 'unsure', 'down'] as const) expect(verdict(link, true, undefined, before)).toBe(before);
  });

  it('just after the link was made, "alive" may be old news', () => {
    for (const before of BEFORE) expect(verdict('settling', true, false, before)).toBe(before);
  });
});

it('entrances are looked at only where nobody says that the zone is alive', () => {
  expect(LINKS.map((link) => ONLINE.map((online) => isSuspect({ link, online })))).toEqual([[false, true, false], [true, true, true], [false, true, false], [true, true, true]]);
});
