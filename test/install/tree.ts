/** A folder as text: what must be the same afterwards. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Every folder, link and file below `root`, with modes and contents; without the names in `except`. */
export function describeTree(root: string, { except = [] }: { except?: readonly string[] } = {}): string[] {
  return readdirSync(root)
    .toSorted()
    .filter((name) => !except.includes(name))
    .flatMap((name) => {
      const path = join(root, name);
      const found = lstatSync(path);
      if (found.isSymbolicLink()) return [`${name} -> ${readlinkSync(path)}`];
      const mode = (found.mode & 0o7777).toString(8);
      if (!found.isDirectory()) return [`${name} ${mode} ${JSON.stringify(readFileSync(path, "latin1"))}`];
      return [`${name}/ ${mode}`, ...describeTree(path).map((line) => `${name}/${line}`)];
    });
}
