/** The file that git keeps for a branch, as long as it is not packed with others: reading it spares a process, of which carrying out a thread needs many. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The commit that a branch stands at, by its own file. Undefined where there is none, or none that can be understood: then only git knows (the branch may be packed, or
 * branches be stored in another way).
 */
export function readBranchFile(commonDir: string, name: string): string | undefined {
  if (name.split("/").includes("..")) return undefined;
  try {
    const text = readFileSync(join(commonDir, "refs", "heads", name), "latin1");
    return /^(?:[0-9a-f]{40}|[0-9a-f]{64})\n$/.test(text) ? text.slice(0, -1) : undefined;
  } catch {
    return undefined;
  }
}
