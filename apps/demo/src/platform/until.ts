import { setTimeout as pause } from 'node:timers/promises';
import { MeshError } from '@weft/kernel';

const POLL_MS = 100;

/** Waits for a condition. Rejects with its name when it does not come true in time, and with what the condition itself throws. */
export async function until(what: string, timeoutMs: number, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new MeshError('internal/bug', `waited ${timeoutMs / 1000} s in vain until ${what}`);
    await pause(POLL_MS);
  }
}
