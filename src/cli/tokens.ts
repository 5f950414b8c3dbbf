/**
 * Cuts the words of a command line into flags and words, exactly as node's own `parseArgs` does when it is lenient (a test compares them). Own code, since
 * loading that one takes longer than all the rest of reading a command line.
 */
import type { FlagSpec } from "./command.ts";

/** `value` is undefined for a flag that takes none, or had none. `isInline`: it stood in the same word. */
export type Token =
  | { kind: "word"; value: string }
  | { kind: "flag"; name: string; rawName: string; value: string | undefined; isInline: boolean };

/** The tokens of `words`. A flag that nobody declared is one that takes no value. */
export function tokenize(flags: Readonly<Record<string, FlagSpec>>, words: readonly string[]): Token[] {
  const tokens: Token[] = [];
  const left = [...words];
  const takesValue = (name: string) => Object.hasOwn(flags, name) && flags[name]?.type !== "boolean";
  const longOf = (short: string) => Object.keys(flags).find((name) => flags[name]?.short === short) ?? short;
  const push = (name: string, rawName: string, inline?: string) => {
    const value = inline ?? (takesValue(name) ? left.shift() : undefined);
    tokens.push({ kind: "flag", name, rawName, value, isInline: inline !== undefined });
  };

  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === "--") {
      tokens.push(...left.map((value) => ({ kind: "word" as const, value })));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      tokens.push({ kind: "word", value: word });
    } else if (word.startsWith("--")) {
      const equals = word.includes("=", 3) ? word.indexOf("=") : -1;
      if (equals === -1) push(word.slice(2), word);
      else push(word.slice(2, equals), word.slice(0, equals), word.slice(equals + 1));
    } else {
      const short = word.charAt(1);
      const name = longOf(short);
      if (word.length === 2) push(name, word);
      else if (takesValue(name)) push(name, `-${short}`, word.slice(2));
      else left.unshift(...apart(word, (letter) => takesValue(longOf(letter))));
    }
  }
  return tokens;
}

/** `-abc` is `-a -b -c`, and `-abVALUE` is `-a -bVALUE` if `b` takes a value. */
function apart(group: string, takesValue: (letter: string) => boolean): string[] {
  const words: string[] = [];
  for (let index = 1; index < group.length; index++) {
    if (takesValue(group.charAt(index))) return [...words, `-${group.slice(index)}`];
    words.push(`-${group.charAt(index)}`);
  }
  return words;
}
