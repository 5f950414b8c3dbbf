/** A second name for a damaged file, before something else takes its place. */
import { copyFileSync, existsSync, linkSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { followLink, syncFolder } from "./atomic-file.ts";
import { ioError, isSystemError } from "./io-error.ts";

/** `state.json.corrupt-20260107T143000.123Z`, which does not exist yet. */
export function asideName(path: string, now: Date): string {
  const stem = `${path}.corrupt-${now.toISOString().replaceAll(/[-:]/g, "")}`;
  let name = stem;
  for (let number = 2; existsSync(name); number += 1) name = `${stem}-${number}`;
  return name;
}

/** Gives the damaged content a second name, by a hard link where that is possible. One that a repair made before it was killed will do. @throws IncrError `io` */
export function keepAside(path: string, now: Date): string {
  const target = followLink(path);
  const { ino, dev } = statSync(target);
  const start = `${basename(path)}.corrupt-`;
  const earlier = readdirSync(dirname(path))
    .filter((name) => name.startsWith(start))
    .map((name) => join(dirname(path), name))
    .find((name) => {
      const stat = statSync(name, { throwIfNoEntry: false });
      return stat !== undefined && stat.ino === ino && stat.dev === dev;
    });
  if (earlier !== undefined) return earlier;
  const aside = asideName(path, now);
  try {
    linkSync(target, aside);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    try {
      copyFileSync(target, aside);
    } catch (second) {
      throw ioError(second, `copy ${path}`, aside);
    }
  }
  syncFolder(dirname(aside));
  return aside;
}
