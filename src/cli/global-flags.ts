/** The flags that every command takes. */
import type { FlagSpec } from "./command.ts";

export const GLOBAL_FLAGS = {
  json: {
    type: "boolean",
    description: "Answer with one JSON document; notices and errors become JSON lines on stderr",
  },
  C: { type: "string", short: "C", value: "DIR", description: "Run as if started in DIR", complete: "directory" },
  "no-color": { type: "boolean", description: "No colours (also: NO_COLOR in the environment)" },
  help: { type: "boolean", short: "h", description: "Show help for this command" },
  version: { type: "boolean", description: "Show the version" },
} as const satisfies Record<string, FlagSpec>;

/** Values of the global flags. */
export interface Globals {
  json: boolean;
  help: boolean;
  version: boolean;
  noColor: boolean;
  directory: string | undefined;
}

const BOOLEAN_WORDS = new Set(["--json", "--no-color", "--help", "-h", "--version"]);

/** How many words the global flag at `argv[index]` takes: 0 if there is none. */
export function globalFlagLength(argv: readonly string[], index: number): number {
  const word = argv[index] ?? "";
  if (word === "-C") return 2;
  return BOOLEAN_WORDS.has(word) || word.startsWith("-C") ? 1 : 0;
}

/**
 * Whether one of `words` stands among the flags, before any `--`. For what must be known even if the rest of the command line is wrong: in which form to
 * tell the error, and whether help was asked for.
 */
export function hasFlag(argv: readonly string[], ...words: string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? undefined : end).some((word) => words.includes(word));
}
