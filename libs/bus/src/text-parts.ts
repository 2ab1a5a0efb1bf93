import type { RequestOptions, Requests } from './bus.ts';
import { adminAnswerParts, textParts, type RequestKind } from './subjects.ts';
import { answer, ask } from './typed-requests.ts';

/** A message of the bus holds 1 MiB; escaped as JSON in UTF-8 a character takes six bytes at most, mostly one. */
const PART_CHARACTERS = 150_000;

/** Sends a text to who asked for it, in parts that fit a message, each after the one before was taken. */
export async function sendText(bus: Requests, answerTo: string, text: string): Promise<void> {
  for (let at = 0; at < text.length; at += PART_CHARACTERS) await ask(bus, textParts(answerTo), { text: text.slice(at, at + PART_CHARACTERS) });
}

/** Asks for a text of any length. `answerTo` must be unique: letters, digits and `-`. Errors as {@link Requests.request}. */
export async function askForText<P extends { readonly answerTo: string }>(bus: Requests, kind: RequestKind<P, null>, payload: P, options?: RequestOptions): Promise<string> {
  const parts: string[] = [];
  const receiving = await answer(bus, textParts(payload.answerTo), async ({ text }) => {
    parts.push(text);
    return null;
  });
  try {
    await ask(bus, kind, payload, options);
    return parts.join('');
  } finally {
    await receiving.close();
  }
}

/** Collects what Envoy's admin interface answers to `request`, whose `answerTo` this is. Throws what the request throws. */
export async function collectAdminAnswer<A>(bus: Requests, answerTo: string, request: () => Promise<A>): Promise<{ readonly answer: A; readonly base64: readonly string[] }> {
  const base64: string[] = [];
  const receiving = await answer(bus, adminAnswerParts(answerTo), async ({ data }) => {
    base64.push(data);
    return null;
  });
  try {
    return { answer: await request(), base64 };
  } finally {
    await receiving.close();
  }
}
