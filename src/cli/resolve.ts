/** From the words of a command line to the command that they name. */
import { IncrError } from "../domain/error.ts";
import type { Command } from "./command.ts";
import { GLOBAL_FLAGS, globalFlagLength } from "./global-flags.ts";
import { findNoun, findVerb } from "./other-words.ts";
import type { Entry, Registry } from "./registry.ts";
import { closest } from "./suggest.ts";
import { commandLine, type Program } from "./usage.ts";

export type Resolution =
  | { kind: "overview" }
  /** Words that stop at a noun: `incr session`, `incr todo dep`. */
  | { kind: "group"; entry: Entry; path: readonly string[] }
  /** `args` is the command line without the command's own words. */
  | { kind: "command"; command: Command; args: readonly string[] };

/**
 * Finds the command with the most words that `argv` begins with; global flags may stand between the words.
 * @param program how it was called, for what is said of it
 * @throws IncrError `usage` for an unknown word, with the nearest known one
 */
export async function resolveCommand(
  registry: Registry,
  argv: readonly string[],
  program: Program = "incr",
): Promise<Resolution> {
  const { words, end } = leadingWords(argv);
  const first = words[0];
  if (first === undefined) {
    const flag = argv[end];
    if (flag !== undefined && flag !== "--") throw unknownFirstFlag(flag);
    requireFolder(argv, "incr");
    return { kind: "overview" };
  }
  const entry = registry.find(({ name }) => name === first.word);
  if (entry === undefined) throw await unknownFirstWord(registry, first.word);
  const { commands } = await entry.load();

  const texts = words.map(({ word }) => word);
  const command = commands
    .filter(({ spec }) => startsWith(texts, spec.path))
    .toSorted((a, b) => b.spec.path.length - a.spec.path.length)[0];
  const depth = command?.spec.path.length ?? groupDepth(commands, texts);
  const next = texts[depth];
  const path = texts.slice(0, depth);
  // A word after the command is its argument, unless it takes none and has commands below it: then it is a misspelt one of those.
  const below = commands.filter(({ spec }) => spec.path.length > depth && startsWith(spec.path, path));
  if (next !== undefined && below.length > 0 && (command === undefined || command.spec.args === undefined)) {
    throw unknownVerb(path, next, below, program);
  }
  if (command === undefined) {
    if (words.length === depth && argv[end] !== undefined) {
      const line = commandLine(path, program);
      throw new IncrError("usage", `${line} needs a command before ${argv[end]}`, { hint: `${line} --help` });
    }
    requireFolder(argv, commandLine(path, program));
    return { kind: "group", entry, path };
  }
  const own = new Set(words.slice(0, depth).map(({ index }) => index));
  return { kind: "command", command, args: argv.filter((_, index) => !own.has(index)) };
}

/** The words before the first flag that is not global, and where they end. After such a flag nobody knows yet whether a word is its value. */
function leadingWords(argv: readonly string[]): { words: { word: string; index: number }[]; end: number } {
  const words: { word: string; index: number }[] = [];
  let index = 0;
  while (index < argv.length) {
    const word = argv[index] ?? "";
    const skip = globalFlagLength(argv, index);
    if (skip > 0) {
      index += skip;
      continue;
    }
    if (word.startsWith("-") && word !== "-") break;
    words.push({ word, index });
    index += 1;
  }
  return { words, end: index };
}

/** How many of the words lead to commands without being one. */
function groupDepth(commands: readonly Command[], words: readonly string[]): number {
  let depth = 1;
  while (depth < words.length && commands.some(({ spec }) => startsWith(spec.path, words.slice(0, depth + 1))))
    depth += 1;
  return depth;
}

function startsWith(words: readonly string[], prefix: readonly string[]): boolean {
  return prefix.length <= words.length && prefix.every((word, index) => words[index] === word);
}

/** Where no command is named, nobody else looks at the flags. */
function requireFolder(argv: readonly string[], line: string): void {
  if (argv.at(-1) === "-C") throw new IncrError("usage", "-C needs a value", { hint: `${line} --help` });
}

function unknownFirstFlag(flag: string): IncrError {
  if (/^-[vV]$/.test(flag))
    return new IncrError("usage", `unknown flag ${flag}, did you mean --version?`, { hint: "incr --version" });
  const near = flag.startsWith("--") ? closest(flag.slice(2), Object.keys(GLOBAL_FLAGS)) : undefined;
  const guess = near === undefined ? "" : `, did you mean --${near}?`;
  return new IncrError("usage", `unknown flag ${flag}${guess}`, { hint: "incr --help" });
}

async function unknownFirstWord(registry: Registry, word: string): Promise<IncrError> {
  if (word === "version") {
    const hint = "incr --version";
    return new IncrError("usage", `unknown command \`${word}\`, did you mean \`${hint}\`?`, { hint, data: { word } });
  }
  const visible = registry.filter(({ hidden }) => hidden !== true);
  const names = visible.map(({ name }) => name);
  const near = findNoun(word, names) ?? closest(word, names);
  if (near !== undefined) {
    return new IncrError("usage", `unknown command \`${word}\`, did you mean \`incr ${near}\`?`, {
      hint: `incr ${near} --help`,
      data: { word, near },
    });
  }
  // `incr start`: a verb without its noun.
  const commands = (await Promise.all(visible.map(({ load }) => load()))).flatMap(({ commands }) => commands);
  // Those of `opencode` are those of `agent`.
  const sameVerb = commands
    .filter(({ spec }) => spec.hidden !== true && spec.path.at(-1) === word && spec.path[0] !== "opencode")
    .map(({ spec }) => commandLine(spec.path));
  if (sameVerb.length === 0)
    return new IncrError("usage", `unknown command \`${word}\``, { hint: "incr --help", data: { word } });
  return new IncrError("usage", `unknown command \`${word}\`, did you mean ${someOf(sameVerb)}?`, {
    hint: sameVerb.length > SHOWN ? "incr --help" : `${sameVerb[0]} --help`,
    data: { word, near: sameVerb },
  });
}

/** As many as still make a sentence. */
const SHOWN = 3;

function someOf(lines: readonly string[]): string {
  const quoted = lines.map((line) => `\`${line}\``);
  return quoted.length <= SHOWN ? quoted.join(" or ") : `${quoted.slice(0, SHOWN).join(", ")} or that of another noun`;
}

function unknownVerb(path: readonly string[], word: string, below: readonly Command[], program: Program): IncrError {
  const group = commandLine(path, program);
  const verbs = new Set(
    below.filter(({ spec }) => spec.hidden !== true).map(({ spec }) => spec.path[path.length] ?? ""),
  );
  const near = closest(word, verbs) ?? findVerb(word, verbs);
  const guess = near === undefined ? "" : `, did you mean \`${group} ${near}\`?`;
  return new IncrError("usage", `unknown command \`${group} ${word}\`${guess}`, {
    hint: near === undefined ? `${group} --help` : `${group} ${near} --help`,
    data: near === undefined ? { word } : { word, near },
  });
}
