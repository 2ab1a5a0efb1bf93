/** A JSON object of which nothing is known. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Reads a document of Envoy's dynamic configuration; undefined where it is no JSON object. */
export function parseDocument(document: string): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(document);
    return typeof parsed === 'object' && parsed !== null ? (parsed as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** A member as an object; one of another shape counts as empty. */
export function object(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** A member as text; one of another shape counts as empty. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
