import { parseDuration, type Violation } from '@weft/kernel';

/** Values of flags as commander hands them over, keyed by the flag's long name without dashes. */
export type FlagValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where one setting may come from: a flag's long name without dashes, a variable without its `KUMA_` or `WEFT_` prefix, or both. */
export interface SettingOrigin {
  readonly flag?: string;
  readonly variable?: string;
}

/**
 * Looks settings up in the environment and the flags. As in Kuma 2.14, a variable overrides a flag; `WEFT_X` overrides
 * `KUMA_X`. What cannot be read is collected in `violations`, and the lookup then answers undefined.
 */
export class SettingSource {
  readonly violations: Violation[] = [];
  readonly #flags: FlagValues;
  readonly #env: Environment;

  constructor(flags: FlagValues, env: Environment) {
    this.#flags = flags;
    this.#env = env;
  }

  /** A non-empty text, or undefined. */
  text(origin: SettingOrigin): string | undefined {
    const found = this.#raw(origin)?.value;
    return found === undefined || found === '' ? undefined : found;
  }

  /** A boolean written `true` or `false` (a bare flag is true). */
  flag(origin: SettingOrigin, fallback: boolean): boolean {
    const found = this.#raw(origin);
    if (found === undefined || found.value === '') return fallback;
    if (['true', '1', 't'].includes(found.value.toLowerCase())) return true;
    if (['false', '0', 'f'].includes(found.value.toLowerCase())) return false;
    this.violations.push({ path: found.path, message: `"${found.value}" is neither true nor false` });
    return fallback;
  }

  /** A whole number in `min`..`max`. */
  count(origin: SettingOrigin, range: { readonly min: number; readonly max: number }): number | undefined {
    const found = this.#raw(origin);
    if (found === undefined || found.value === '') return undefined;
    const value = Number(found.value);
    if (Number.isInteger(value) && value >= range.min && value <= range.max) return value;
    this.violations.push({ path: found.path, message: `"${found.value}" is no whole number from ${range.min} to ${range.max}` });
    return undefined;
  }

  /** A duration such as `30s`, in milliseconds. */
  duration(origin: SettingOrigin, fallbackMs: number): number {
    const found = this.#raw(origin);
    if (found === undefined || found.value === '') return fallbackMs;
    const parsed = parseDuration(found.value);
    if (parsed.ok && parsed.value >= 0) return parsed.value;
    this.violations.push({ path: found.path, message: parsed.ok ? 'must not be negative' : parsed.error });
    return fallbackMs;
  }

  /** All values of a flag that may be repeated; a variable gives them separated by commas. */
  list(origin: SettingOrigin): readonly string[] {
    const given = origin.flag === undefined ? undefined : this.#flags[origin.flag];
    const variable = this.#variable(origin)?.value;
    if (variable !== undefined) return variable.split(',').filter((item) => item !== '');
    return Array.isArray(given) ? given.map(String) : [];
  }

  #raw(origin: SettingOrigin): { readonly path: string; readonly value: string } | undefined {
    const variable = this.#variable(origin);
    if (variable !== undefined) return variable;
    const flag = origin.flag === undefined ? undefined : this.#flags[origin.flag];
    return flag === undefined ? undefined : { path: `--${origin.flag ?? ''}`, value: String(flag) };
  }

  #variable(origin: SettingOrigin): { readonly path: string; readonly value: string } | undefined {
    if (origin.variable === undefined) return undefined;
    for (const path of [`WEFT_${origin.variable}`, `KUMA_${origin.variable}`]) {
      const value = this.#env[path];
      if (value !== undefined) return { path, value };
    }
    return undefined;
  }
}
