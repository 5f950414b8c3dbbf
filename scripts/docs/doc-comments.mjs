/**
 * The comment above a field of a schema is its description in the reference and in the JSON Schema. Comments are gone at run time, so while the generator
 * is bundled each `/** text *\/ field: v.string()` becomes `field: describeField(v.string(), "text")`.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const FIELD = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*("?\w+"?):\s*(?=v\.[a-z]\w*\(|\w+Schema\b)/g;

/** An esbuild plugin. `root` is the checkout. */
export function keepDocComments(root) {
  const registry = JSON.stringify(join(root, "scripts", "docs", "descriptions.ts"));
  return {
    name: "keep-doc-comments",
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
        const contents = describeFields(await readFile(path, "utf8"));
        return { contents: `import { describeField } from ${registry};\n${contents}`, loader: "ts" };
      });
    },
  };
}

function describeFields(source) {
  let result = "";
  let position = 0;
  for (const match of source.matchAll(FIELD)) {
    const start = match.index + match[0].length;
    // A field of an object inside of another field's expression stays as it is: its outer one has been taken already.
    if (match.index < position) continue;
    const end = endOfExpression(source, start);
    const inner = describeFields(source.slice(start, end));
    result += `${source.slice(position, match.index)}${match[2]}: describeField(${inner}, ${JSON.stringify(textOf(match[1]))})`;
    position = end;
  }
  return result + source.slice(position);
}

/** Up to the comma or closing bracket that ends the field. */
function endOfExpression(source, start) {
  let depth = 0;
  for (let index = start; index < source.length; index++) {
    const char = source[index];
    // An apostrophe in a comment begins no text
    if (source.startsWith("/*", index)) index = source.indexOf("*/", index) + 1;
    else if (char === '"' || char === "'" || char === "`") index = endOfString(source, index);
    else if ("([{".includes(char)) depth += 1;
    else if (")]}".includes(char) && depth-- === 0) return index;
    else if (char === "," && depth === 0) return index;
  }
  return source.length;
}

function endOfString(source, start) {
  let index = start + 1;
  while (index < source.length && source[index] !== source[start]) index += source[index] === "\\" ? 2 : 1;
  return index;
}

function textOf(comment) {
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*?\s?/, "").trim())
    .filter((line) => line !== "")
    .join(" ");
}
