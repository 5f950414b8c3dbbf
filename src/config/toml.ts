/** TOML with the places of things; the parser is loaded when there is a file to parse. */
import { IncrError } from "../domain/error.ts";

/** @param name what people call the file @throws IncrError `config` with line and column */
export async function parseToml(text: string, path: string, name: string): Promise<Record<string, unknown>> {
  const { parse, TomlError } = await import("smol-toml");
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // "Invalid TOML document: unexpected character\n\n1:  …"
    const what = error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "");
    throw new IncrError("config", `${name}:${error.line}:${error.column}: ${what}`, {
      hint: `mend ${path}`,
      data: { file: path, line: error.line, column: error.column },
      cause: error,
    });
  }
}

/**
 * The line (from 1) on which the key at `keys` is set in a text that parses; 1 if it is not. The parser tells no places, but it knows where a
 * statement ends: the key is set by the first statement after which a shorter document has it.
 */
export async function lineOf(text: string, keys: readonly string[]): Promise<number> {
  const { parse } = await import("smol-toml");
  const lines = text.split("\n");
  let begin = 0;
  for (let end = 1; end <= lines.length; end++) {
    let document: unknown;
    try {
      document = parse(`${lines.slice(0, end).join("\n")}\n`);
    } catch {
      continue; // in the middle of a list or of a long text
    }
    if (hasKey(document, keys)) return begin + 1;
    begin = end;
  }
  return 1;
}

function hasKey(document: unknown, keys: readonly string[]): boolean {
  let value = document;
  for (const key of keys) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Record<string, unknown>)[key];
  }
  return true;
}
