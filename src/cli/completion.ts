/** What can follow the words of an unfinished command line: from the declarations, and from the records for ids. */
import type { ArgSpec, Command, CommandSpec, CompletionKind, FlagSpec } from "./command.ts";
import type { Context } from "./context.ts";
import { GLOBAL_FLAGS, globalFlagLength } from "./global-flags.ts";
import type { Registry } from "./registry.ts";

export interface Candidate {
  value: string;
  description?: string;
}

/** Candidates of ours, or the kind of names that the shell itself completes best. */
export type Completion = { candidates: Candidate[] } | { handOver: "file" | "directory" | "command" };

/** What the command line has said so far. */
export interface Typed {
  /** Values of the flags before the word that is being typed, by their names. */
  flags: ReadonlyMap<string, string>;
  /** What there is of the value. */
  current: string;
}

/** Finds the values of one kind; ids mostly. Those that do not begin like `current` are taken out afterwards. */
export type Completer = (kind: CompletionKind, ctx: Context, typed: Typed) => Promise<Candidate[]>;

/** `words` are the words after the program's name; the last one is what is being typed (empty when it has not begun). */
export async function completeWords(ctx: Context, words: readonly string[], completer: Completer): Promise<Completion> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? "";
  // `incr help session` is completed as `session` itself.
  if (before[0] === "help") return filtered(await nextWords(ctx.registry, before.slice(1)), current);

  const { path, rest, commands } = await walk(ctx.registry, before);
  const spec = commands.find((candidate) => candidate.spec.path.length === path.length)?.spec;
  const flags: Record<string, FlagSpec> = { ...spec?.flags, ...globalsOf(spec) };
  const state = readBefore(rest, flags);

  if (state.afterDashes && spec?.passthrough !== undefined)
    return { handOver: state.positionals === 0 ? "command" : "file" };
  const values = (wanted: Parameters<typeof valuesOf>[0], text: string, prefix = "") =>
    valuesOf(wanted, prefix, ctx, completer, { flags: state.values, current: text });
  if (state.open !== undefined) return values(state.open.flag, current);
  if (!state.afterDashes && current.startsWith("-")) {
    const [name, ...value] = current.split("=");
    const flag = flags[(name ?? "").replace(/^--/, "")];
    if (value.length > 0 && flag !== undefined) return values(flag, value.join("="), `${name}=`);
    return filtered(flagCandidates(flags, state.given), current);
  }
  const verbs = state.positionals === 0 ? filtered(await nextWords(ctx.registry, path), current).candidates : [];
  const found = await values(argAt(spec, state.positionals), current);
  return "candidates" in found ? { candidates: [...verbs, ...found.candidates] } : found;
}

/** Follows the words as far as they name nouns and verbs, between global flags. `rest` is every other word, `commands` those that `path` can become. */
async function walk(
  registry: Registry,
  words: readonly string[],
): Promise<{ path: string[]; rest: string[]; commands: readonly Command[] }> {
  const path: string[] = [];
  const rest: string[] = [];
  let commands: readonly Command[] = [];
  for (let index = 0; index < words.length;) {
    const length = globalFlagLength(words, index);
    const next = length === 0 ? await follow(registry, path, commands, words[index] ?? "") : undefined;
    if (length === 0 && next === undefined) return { path, rest: [...rest, ...words.slice(index)], commands };
    if (next === undefined) rest.push(...words.slice(index, index + length));
    else {
      path.push(words[index] ?? "");
      commands = next;
    }
    index += next === undefined ? length : 1;
  }
  return { path, rest, commands };
}

async function follow(
  registry: Registry,
  path: readonly string[],
  commands: readonly Command[],
  word: string,
): Promise<readonly Command[] | undefined> {
  if (path.length === 0) return (await registry.find(({ name }) => name === word)?.load())?.commands;
  const next = commands.filter(({ spec }) => spec.path[path.length] === word);
  return next.length > 0 ? next : undefined;
}

/** The words that can come right after `path`. */
async function nextWords(registry: Registry, path: readonly string[]): Promise<Candidate[]> {
  if (path.length === 0) {
    return registry
      .filter(({ hidden }) => hidden !== true)
      .map(({ name, summary }) => ({ value: name, description: summary }));
  }
  const { commands } = await walk(registry, path);
  const words = new Map<string, string>();
  for (const { spec } of commands) {
    const word = spec.path[path.length];
    if (word === undefined || spec.hidden === true) continue;
    if (spec.path.length === path.length + 1 || !words.has(word))
      words.set(word, spec.path.length === path.length + 1 ? spec.summary : `${word} …`);
  }
  return [...words].map(([value, description]) => ({ value, description }));
}

interface Before {
  positionals: number;
  /** Names of the flags that were given. */
  given: Set<string>;
  /** Their values, as far as they have one. */
  values: Map<string, string>;
  /** The flag whose value comes next. */
  open: { name: string; flag: FlagSpec } | undefined;
  /** `--` has been passed; `positionals` counts from there. */
  afterDashes: boolean;
}

function readBefore(words: readonly string[], flags: Record<string, FlagSpec>): Before {
  const state: Before = { positionals: 0, given: new Set(), values: new Map(), open: undefined, afterDashes: false };
  for (const word of words) {
    if (state.open !== undefined) {
      state.values.set(state.open.name, word);
      state.open = undefined;
    } else if (!state.afterDashes && word === "--") {
      state.afterDashes = true;
      state.positionals = 0;
    } else if (!state.afterDashes && word.startsWith("-") && word !== "-") {
      const attached = /^-[^-]./.test(word) ? findFlag(flags, word.slice(0, 2)) : undefined;
      if (attached !== undefined && attached[1].type !== "boolean") {
        state.given.add(attached[0]);
        state.values.set(attached[0], word.slice(2));
        continue;
      }
      const [typed = "", ...value] = word.split("=");
      const [name, flag] = findFlag(flags, typed) ?? [];
      if (name === undefined || flag === undefined) continue;
      state.given.add(name);
      if (value.length > 0) state.values.set(name, value.join("="));
      else if (flag.type !== "boolean") state.open = { name, flag };
    } else state.positionals += 1;
  }
  return state;
}

function findFlag(flags: Record<string, FlagSpec>, word: string): [string, FlagSpec] | undefined {
  return Object.entries(flags).find(
    ([name, { short }]) => word === `--${name}` || (short !== undefined && word === `-${short}`),
  );
}

function globalsOf(spec: CommandSpec | undefined): Record<string, FlagSpec> {
  const { json, version, ...others } = GLOBAL_FLAGS;
  return {
    ...others,
    ...(spec === undefined || spec.json === undefined ? {} : { json }),
    ...(spec === undefined ? { version } : {}),
  };
}

function flagCandidates(flags: Record<string, FlagSpec>, given: ReadonlySet<string>): Candidate[] {
  return Object.entries(flags)
    .filter(([name, flag]) => flag.hidden !== true && (flag.multiple === true || !given.has(name)))
    .map(([name, { description }]) => ({ value: name.length === 1 ? `-${name}` : `--${name}`, description }));
}

/** The argument that the word at this place is for. */
function argAt(spec: CommandSpec | undefined, index: number): ArgSpec | undefined {
  const args: ArgSpec[] = Object.values(spec?.args ?? {});
  const last = args.at(-1);
  return args[index] ?? (last?.variadic === true ? last : undefined);
}

async function valuesOf(
  wanted: Pick<ArgSpec, "choices" | "complete"> | undefined,
  prefix: string,
  ctx: Context,
  completer: Completer,
  typed: Typed,
): Promise<Completion> {
  const { choices, complete = "none" } = wanted ?? {};
  if (choices === undefined && (complete === "file" || complete === "directory" || complete === "command"))
    return { handOver: complete };
  const found =
    choices?.map((value): Candidate => ({ value })) ??
    (complete === "none" ? [] : await completer(complete, placeOf(ctx, typed.flags.get("C")), typed));
  const { candidates } = filtered(found, typed.current);
  return { candidates: candidates.map((candidate) => ({ ...candidate, value: prefix + candidate.value })) };
}

/** Where the command line will look for what it names. Shells hand the words over as they were typed. */
function placeOf(ctx: Context, directory: string | undefined): Context {
  if (directory === undefined) return ctx;
  const home = ctx.env["HOME"];
  return ctx.within(home === undefined ? directory : directory.replace(/^~(?=\/|$)/, () => home));
}

function filtered(candidates: readonly Candidate[], current: string): { candidates: Candidate[] } {
  const start = current.toLowerCase();
  return { candidates: candidates.filter(({ value }) => value.toLowerCase().startsWith(start)) };
}
