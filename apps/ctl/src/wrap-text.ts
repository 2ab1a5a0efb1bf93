/** How text is laid out. */
export interface WrapOptions {
  /** Columns of the screen; absent where there is none: then lines stay as long as they are. */
  readonly width: number | undefined;
  /** Before the first line. */
  readonly first: string;
  /** Before every further line. */
  readonly indent: string;
}

/** Breaks text between words so that it fits the screen. A word that is longer than a line stays whole; line breaks of the text stay. */
export function wrapText(text: string, { width, first, indent }: WrapOptions): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = lines.length === 0 ? first : indent;
    let empty = true;
    for (const word of paragraph.split(' ')) {
      if (!empty && width !== undefined && line.length + 1 + word.length > width) {
        lines.push(line);
        line = indent;
        empty = true;
      }
      line += empty ? word : ` ${word}`;
      empty = false;
    }
    lines.push(line);
  }
  return lines.join('\n');
}
