/** Locks of git on refs: made for moments, and left for ever by a git that is killed. */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Absolute paths, with the times since when they are there. One that goes meanwhile is none. */
export function listRefLocks(commonDir: string): { path: string; since: Date }[] {
  const refs = namesIn(join(commonDir, "refs"));
  const names = ["packed-refs.lock", ...refs.map((name) => join("refs", name))].filter((name) =>
    name.endsWith(".lock"),
  );
  return names.flatMap((name) => {
    const path = join(commonDir, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found?.isFile() === true ? [{ path, since: found.mtime }] : [];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
}
