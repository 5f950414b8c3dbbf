/** Lines that documents and declarations say can be typed. */
import { expect } from "vitest";
import { parseInput } from "../../src/cli/parse.ts";
import { REGISTRY } from "../../src/cli/registry.ts";
import { resolveCommand } from "../../src/cli/resolve.ts";

/** Fails unless every `incr …` in the line is a command with arguments and flags that it takes. */
export async function expectTypable(line: string): Promise<void> {
  const found = invocations(line);
  expect(found.length, `invocations of incr in ${line}`).toBeGreaterThan(0);
  for (const words of found) {
    const resolution = await resolveCommand(REGISTRY, words);
    if (resolution.kind !== "command") throw new Error(`${words.join(" ")} is no command`);
    parseInput(resolution.command.spec, resolution.args);
  }
}

/** The words of each `incr …` (or `work …`) in a shell line, as a shell would cut them. */
export function invocations(line: string): string[][] {
  const found: string[][] = [];
  for (const match of line.matchAll(/(?:^|[|;&(]\s*|"\$\()(incr|work) /g)) {
    const words = cutWords(line.slice(match.index + match[0].length));
    found.push(match[1] === "work" ? ["work", ...words] : words);
  }
  return found;
}

function cutWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const char of text) {
    if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word += char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (/[|;&><)]/.test(char)) break;
    else if (char !== " ") word = (word ?? "") + char;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
