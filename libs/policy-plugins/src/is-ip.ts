/** Whether text is an IP address rather than a name. */
export function isIp(text: string): boolean {
  return text.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(text);
}
