/** From the words after a command to its typed input. Strict: what is not understood is refused, never dropped. */
import { formatDuration, parseDuration } from "../domain/duration.ts";
import { IncrError } from "../domain/error.ts";
import { camelCase, type ArgSpec, type CommandSpec, type FlagSpec, type Input } from "./command.ts";
import { GLOBAL_FLAGS, type Globals } from "./global-flags.ts";
import { closest } from "./suggest.ts";
import { tokenize } from "./tokens.ts";
import { commandLine, usageLine, type Program } from "./usage.ts";

type FlagInput = string | number | boolean | readonly string[] | undefined;

/**
 * Reads arguments and flags as the declaration says.
 * @param program how it was called, for what is said of it
 * @throws IncrError `usage` for unknown flags, extra or missing words, a flag in place of a value, repeated flags and values of the wrong kind
 */
export function parseInput(
  spec: CommandSpec,
  words: readonly string[],
  program: Program = "incr",
): { input: Input; globals: Globals } {
  const line = commandLine(spec.path, program);
  const fail = usageError(spec, line);
  const { own, rest } = splitPassthrough(spec, words);
  const flags: Record<string, FlagSpec> = { ...spec.flags, ...GLOBAL_FLAGS };
  const given = new Map<string, string[]>();
  const positionals: string[] = [];

  for (const token of tokenize(flags, own)) {
    if (token.kind === "word") {
      positionals.push(token.value);
      continue;
    }
    const { name, rawName, value, isInline } = token;
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    // `-C` has no long form.
    if (flag === undefined || rawName === "--C") {
      const isArg = rawName.startsWith("--") && Object.hasOwn(spec.args ?? {}, name);
      if (isArg) throw fail(`unknown flag ${rawName}`, `<${name}> stands without a flag: ${usageLine(spec, program)}`);
      throw fail(`unknown flag ${rawName}${didYouMean(name, flags)}`);
    }
    const values = given.get(name) ?? [];
    if (flag.type === "boolean") {
      if (value !== undefined) throw fail(`${rawName} takes no value`);
    } else {
      if (value === undefined) throw fail(`${rawName} needs a value`);
      if (!isInline && looksLikeFlag(value, flag)) {
        throw fail(
          `${rawName} needs a value, and \`${value}\` is a flag`,
          `write ${rawName}=${value} if it is meant as the value`,
        );
      }
      if (values.length > 0 && flag.multiple !== true) throw fail(`${rawName} was given twice`);
      values.push(value);
    }
    given.set(name, values);
  }

  if (given.get("C")?.[0] === "") throw fail("-C is empty");
  const globals: Globals = {
    json: given.has("json"),
    help: given.has("help"),
    version: given.has("version"),
    noColor: given.has("no-color"),
    directory: given.get("C")?.[0],
  };
  if (globals.json && spec.json === undefined) throw fail(`${line} has no JSON answer`);
  const input: Input = {
    args: readArgs(spec, positionals, line, fail),
    flags: readFlags(spec.flags ?? {}, given, line, fail),
    rest,
  };
  if (spec.passthrough?.required === true && rest.length === 0) {
    throw fail(`missing <${spec.passthrough.name}> after \`--\``);
  }
  return { input, globals };
}

type Fail = (message: string, hint?: string) => IncrError;

function usageError(spec: CommandSpec, line: string): Fail {
  return (message, hint = `${line} --help`) =>
    new IncrError("usage", message, { hint, data: { command: spec.path.join(" ") } });
}

/** A passthrough command's `rest` is what follows the first `--`, untouched. For others `--` only ends the flags. */
function splitPassthrough(
  spec: CommandSpec,
  words: readonly string[],
): { own: readonly string[]; rest: readonly string[] } {
  const end = spec.passthrough === undefined ? -1 : words.indexOf("--");
  return end === -1 ? { own: words, rest: [] } : { own: words.slice(0, end), rest: words.slice(end + 1) };
}

function looksLikeFlag(value: string, flag: FlagSpec): boolean {
  // No flag has a space in it: that is the first item of a list.
  if (!value.startsWith("-") || /^-(?:\s|$)/.test(value)) return false;
  return flag.type !== "int" || !/^-\d+$/.test(value);
}

function didYouMean(name: string, flags: Record<string, FlagSpec>): string {
  const near = closest(
    name,
    Object.keys(flags).filter((candidate) => candidate.length > 1 && flags[candidate]?.hidden !== true),
  );
  return near === undefined ? "" : `, did you mean --${near}?`;
}

function readArgs(
  spec: CommandSpec,
  positionals: readonly string[],
  line: string,
  fail: Fail,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const specs = Object.entries(spec.args ?? {});
  let next = 0;
  for (const [name, arg] of specs) {
    const values = arg.variadic === true ? positionals.slice(next) : positionals.slice(next, next + 1);
    next += values.length;
    if (arg.required === true && values.length === 0) throw fail(`missing <${name}>`);
    for (const value of values) {
      // An empty word is nearly always an unset variable of a script, and as a prefix it would match everything.
      if (value === "") throw fail(`<${name}> is empty`);
      checkChoice(`<${name}>`, value, arg, fail);
    }
    result[camelCase(name)] = arg.variadic === true ? values : values[0];
  }
  const extra = positionals[next];
  if (extra !== undefined) {
    throw fail(`unexpected word \`${extra}\``, extraHint(spec, extra, line));
  }
  return result;
}

/** What somebody forgot who typed a word too many: `--` in front of a command, or the quotes around a sentence. */
function extraHint(spec: CommandSpec, extra: string, line: string): string | undefined {
  if (spec.passthrough?.required === true) return `put the command after \`--\`: ${line} … -- ${extra} …`;
  const [name, last] = Object.entries(spec.args ?? {}).at(-1) ?? [];
  if (name === undefined || last?.choices !== undefined || last?.complete !== undefined) return undefined;
  const before = Object.keys(spec.args ?? {}).length > 1 ? " …" : "";
  return `put <${name}> in quotes if it has several words: ${line}${before} '…'`;
}

function readFlags(
  flags: Readonly<Record<string, FlagSpec>>,
  given: ReadonlyMap<string, string[]>,
  line: string,
  fail: Fail,
): Record<string, FlagInput> {
  const result: Record<string, FlagInput> = {};
  for (const [name, flag] of Object.entries(flags)) {
    const values = given.get(name);
    if (values === undefined && flag.required === true) throw fail(`missing --${name}`);
    const filled = flag.required === true || flag.filled === true;
    if (filled && values?.[0]?.trim() === "") throw fail(`--${name} is empty`);
    result[camelCase(name)] = readFlag(name, flag, values, line, fail);
  }
  return result;
}

function readFlag(
  name: string,
  flag: FlagSpec,
  values: readonly string[] | undefined,
  line: string,
  fail: Fail,
): FlagInput {
  if (flag.type === "boolean") return values !== undefined;
  for (const value of values ?? []) checkChoice(`--${name}`, value, flag, fail, listHint(name, flag, value, line));
  if (flag.multiple === true) return values ?? [];
  const value = values?.[0];
  if (value === undefined) return flag.default;
  if (flag.type === "int") return readInt(name, flag, value, fail);
  if (flag.type !== "duration") return value;
  return readDuration(name, flag, value, fail);
}

function readDuration(name: string, { min, max }: FlagSpec, value: string, fail: Fail): number {
  const duration = parseDuration(value);
  if (duration !== undefined && duration >= (min ?? 0) && duration <= (max ?? Number.MAX_SAFE_INTEGER)) return duration;
  const range = max === undefined ? "" : `, up to ${formatDuration(max)}`;
  throw fail(`--${name} must be a length of time such as 90s, 10m or 1h30m${range}, not \`${value}\``);
}

/** `--status open,done` is how many programs take a list. */
function listHint(name: string, { choices, multiple }: FlagSpec, value: string, line: string): string | undefined {
  const parts = value.split(",");
  if (multiple !== true || parts.length < 2 || !parts.every((part) => choices?.includes(part))) return undefined;
  return [line, ...parts.map((part) => `--${name} ${part}`)].join(" ");
}

function readInt(name: string, { min, max }: FlagSpec, value: string, fail: Fail): number {
  const number = Number(value);
  const inRange = number >= (min ?? Number.MIN_SAFE_INTEGER) && number <= (max ?? Number.MAX_SAFE_INTEGER);
  if (/^-?\d+$/.test(value) && inRange) return number;
  const range =
    min !== undefined && max !== undefined ? ` from ${min} to ${max}` : min === undefined ? "" : `, ${min} or more`;
  throw fail(`--${name} must be a whole number${range}, not \`${value}\``);
}

function checkChoice(
  what: string,
  value: string,
  { choices }: Pick<ArgSpec, "choices">,
  fail: Fail,
  hint?: string,
): void {
  if (choices === undefined || choices.includes(value)) return;
  throw fail(`${what} must be ${listed(choices)}, not \`${value}\``, hint);
}

function listed(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join("") : `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
}
