/**
 * What a command takes: options as data, from which come the parser, the help, and the types.
 *
 * @module
 */

/** What every option has. */
interface Described {
  /** Its letter, for `-o`. */
  readonly short?: string;
  /** What it does, in one sentence without a full stop; units and default included. */
  readonly help: string;
}

/** An option without a value: `true` where it was given. */
export interface FlagSpec extends Described {
  /** Which kind it is. */
  readonly type: "flag";
}

/** What options with a value have. */
interface Valued extends Described {
  /** What the help calls the value: `FILE`. */
  readonly value: string;
}

/** An option whose value is any text; the last one counts. */
export interface TextSpec extends Valued {
  /** Which kind it is. */
  readonly type: "text";
}

/** An option that may be given several times. */
export interface TextsSpec extends Valued {
  /** Which kind it is. */
  readonly type: "texts";
}

/** An option whose value is a whole number. */
export interface CountSpec extends Valued {
  /** Which kind it is. */
  readonly type: "count";
  /** The least that it may be. */
  readonly least: number;
  /** The most that it may be. */
  readonly most?: number;
}

/** An option whose value is a number of bytes (`64k`) or a time (`30s`), which becomes milliseconds. */
export interface MeasureSpec extends Valued {
  /** Which kind it is. */
  readonly type: "size" | "time";
}

/** An option whose value is one of several words. */
export interface ChoiceSpec extends Valued {
  /** Which kind it is. */
  readonly type: "choice";
  /** The words. */
  readonly choices: readonly string[];
}

/** An option. */
export type OptionSpec = FlagSpec | TextSpec | TextsSpec | CountSpec | MeasureSpec | ChoiceSpec;

/** Options by their long names, without the dashes. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What becomes of an option. */
export type OptionValue<S extends OptionSpec> = S extends FlagSpec ? boolean
  : S extends TextsSpec ? readonly string[]
  : S extends ChoiceSpec ? S["choices"][number] | undefined
  : S extends TextSpec ? string | undefined
  : number | undefined;

/** What becomes of options: flags are `false` and lists empty where they were not given. */
export type OptionValues<S extends OptionSpecs> = {
  readonly [Name in keyof S]: OptionValue<S[Name]>;
};
