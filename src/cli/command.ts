/**
 * A command is a declaration: where it stands, what it takes, what it says about itself. Declarations are plain data, cheap to load; what a command does
 * is behind `load` and is read only when it runs. Parsing, help, completion, the reference pages and the types of `run`'s input derive from them.
 */
import type * as v from "valibot";
import type { Context } from "./context.ts";
import type { RawText } from "./output.ts";

/** What completion offers for a value. */
export type CompletionKind =
  | "todo"
  | "session"
  | "workspace"
  | "rescue"
  | "agent_session"
  | "job"
  /** Sessions, agent sessions and jobs. */
  | "waitable"
  | "stream"
  /** A number of a stage. */
  | "stage"
  /** `01.02` */
  | "batch"
  /** The number of a batch in the stage that --stage names. */
  | "batch_number"
  /** `01.02.03` */
  | "thread"
  /** `01.02.03.04` */
  | "task"
  /** A stage, a batch or a thread. */
  | "stream_part"
  /** A thread, and its tasks once that is typed. */
  | "thread_or_task"
  /** An agent of work/agents.yaml. */
  | "stream_agent"
  | "workflow"
  | "journal_session"
  | "command"
  | "file"
  | "directory"
  | "none";

export interface ArgSpec {
  description: string;
  /** Without it the argument may be left out. Optional ones come after required ones. */
  required?: boolean;
  /** Takes all words that are left (at least one if `required`); only the last argument can. */
  variadic?: boolean;
  choices?: readonly string[];
  complete?: CompletionKind;
}

export interface FlagSpec {
  /** `int` is a whole number; `duration` is text such as `90s`, `10m` or `1h30m` and arrives as milliseconds. */
  type: "string" | "boolean" | "int" | "duration";
  description: string;
  /** One letter. */
  short?: string;
  /** Name of the value in help, such as `REV`; by default the flag's own name in capitals. */
  value?: string;
  /** May be given several times; arrives as a list (empty when it was not given). */
  multiple?: boolean;
  choices?: readonly string[];
  default?: string | number;
  required?: boolean;
  /** An empty value, which is nearly always an unset variable of a script, is refused; so it is wherever the flag is required. */
  filled?: true;
  /** Bounds of an `int`, or of a `duration` in milliseconds, both inclusive. */
  min?: number;
  max?: number;
  complete?: CompletionKind;
  hidden?: boolean;
}

export interface Example {
  /** A line that can be typed: `incr session start k3j2h1g4`. */
  run: string;
  /** What it is for, a few words. */
  note?: string;
}

export interface CommandSpec {
  /** Its words: `["session", "start"]`. */
  path: readonly [string, ...string[]];
  /** One line in the imperative without a full stop: `Take a todo and a workspace`. */
  summary: string;
  /** Paragraphs under the summary: what happens, what is refused. */
  help?: string;
  args?: Readonly<Record<string, ArgSpec>>;
  flags?: Readonly<Record<string, FlagSpec>>;
  /** Everything after `--` is handed over untouched, as `rest`. */
  passthrough?: { name: string; description: string; required?: boolean };
  /** At least one. */
  examples: readonly [Example, ...Example[]];
  /** Name of the schema that describes the answer under `--json`; null: `--json` is taken, but stdout is not ours (it is a child's). Absent: no `--json`. */
  json?: string | null;
  /** Neither in help nor in the reference. */
  hidden?: boolean;
}

/** What `run` gets: the values that the declaration asked for, under their names in camelCase. */
export interface Input<S extends CommandSpec = CommandSpec> {
  args: { readonly [K in keyof S["args"] & string as Camel<K>]: ArgValue<NonNullable<S["args"]>[K]> };
  flags: { readonly [K in keyof S["flags"] & string as Camel<K>]: FlagValue<NonNullable<S["flags"]>[K]> };
  /** What stood after `--`; empty unless the command declares `passthrough`. */
  rest: readonly string[];
}

// A body is only ever used with the answer that it made itself, whose type the table of commands cannot know: hence `any`.
/**
 * What a command does: one use-case call that returns the answer as data, and how to show that to a person. Under `--json` the answer itself is printed.
 * A module that exports `run`, `render` and `answer` is one; so is an object.
 */
// oxlint-disable-next-line typescript/no-explicit-any
export interface CommandBody<S extends CommandSpec = CommandSpec, A = any> {
  run(ctx: Context, input: Input<S>): Promise<A> | A;
  /** The answer as text for people; without it nothing is printed unless `--json` asks for the answer. */
  render?(answer: A, ctx: Context): string | RawText | undefined;
  /** Schema of the answer; needed if the declaration names a `json` schema. */
  answer?: v.GenericSchema<A>;
}

/** A declaration with the way to its body. */
export interface Command {
  readonly spec: CommandSpec;
  readonly load: () => Promise<CommandBody>;
}

/** Keeps the literal type of a declaration, so that `Input<typeof spec>` knows its arguments and flags. */
export function declareCommand<const S extends CommandSpec>(spec: S): S {
  return spec;
}

/** Ties a declaration to its body: `command(start, () => import("./session/start.ts"))`. Commands that take the same may share one. */
export function command<S extends CommandSpec, A>(spec: S, load: () => Promise<CommandBody<NoInfer<S>, A>>): Command {
  return { spec, load: load as Command["load"] };
}

/** `max-rounds` → `maxRounds`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

type Choice<T> = T extends { choices: readonly (infer C extends string)[] } ? C : string;

type ArgValue<A> = A extends { variadic: true }
  ? readonly Choice<A>[]
  : A extends { required: true }
    ? Choice<A>
    : Choice<A> | undefined;

type FlagValue<F> = F extends { type: "boolean" }
  ? boolean
  : F extends { multiple: true }
    ? readonly Choice<F>[]
    : Single<F> | (F extends { default: string | number } | { required: true } ? never : undefined);

type Single<F> = F extends { type: "int" | "duration" } ? number : Choice<F>;
