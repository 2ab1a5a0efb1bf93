import type { Redis } from 'ioredis';
import type { DurabilityReport } from '@weft/store';

/** Reads what the server does with acknowledged writes; where it does not tell (CONFIG is forbidden), says the worst. */
export async function readDurability(redis: Redis): Promise<DurabilityReport> {
  const settings = await Promise.all([setting(redis, 'appendonly'), setting(redis, 'appendfsync')]).catch(() => undefined);
  if (settings === undefined) return { survivesProcessKill: false, survivesPowerLoss: false, detail: 'redis: the server does not tell its settings (CONFIG GET), so nothing is promised' };
  const [appendOnly, fsync] = settings;
  const kept = appendOnly === 'yes';
  const always = kept && fsync === 'always';
  const advice = always ? 'every commit is flushed before it is acknowledged' : 'set "appendonly yes" and "appendfsync always" to keep every acknowledged write';
  return { survivesProcessKill: kept, survivesPowerLoss: always, detail: `redis: appendonly ${appendOnly}, appendfsync ${fsync}; ${advice}` };
}

async function setting(redis: Redis, name: string): Promise<string> {
  const answer = (await redis.config('GET', name)) as string[];
  return answer[1] ?? 'unknown';
}
