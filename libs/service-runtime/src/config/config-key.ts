/** How a value is written: `duration` in Go's syntax, `list` comma separated in a variable, `objects` only in the file. */
export type ConfigKind = 'text' | 'int' | 'port' | 'bool' | 'duration' | 'list' | 'map' | 'objects';

/** A value in the tree. Durations are milliseconds. */
export type ConfigValue = string | number | boolean | readonly unknown[] | Readonly<Record<string, string>>;

/** Path in the tree, variable without `KUMA_` or `WEFT_` (empty: file only), kind, default. */
export type ConfigKey = readonly [path: string, variable: string, kind: ConfigKind, fallback: ConfigValue];
