/** JSON as the API writes it: one space of indent, no HTML escaping, a newline at the end. */
export function encodeJson(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
