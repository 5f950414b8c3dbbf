/**
 * What was made of a text is made again only when the text or the program has changed: an agent that asks how far the others are must not wait until a long
 * plan is read anew each time. Kept in the user's cache folder, where any of it may be missing at any time.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

export interface Memory {
  /** What `make` makes of `text`, as JSON keeps it. One text is kept for each `name`, such as the path of its file. */
  recall<T>(name: string, text: string, make: (text: string) => T): T;
}

/** Below this length (characters) making it is quicker than looking. */
const WORTH_KEEPING = 8_192;
const FORGET_AFTER_MS = 30 * 24 * 3_600_000;

/** @param folder undefined: nothing is kept  @param build names the program, whose every version may make something else of a text */
export function openMemory(folder: string | undefined, build: string, now: () => number): Memory {
  return {
    recall(name, text, make) {
      if (folder === undefined || text.length < WORTH_KEEPING) return make(text);
      const path = join(folder, `${name.replaceAll(/[^\w.]+/g, "-").slice(-100)}.recall`);
      // The text itself stands there: whatever else has this name, or was damaged, is not taken for it.
      const head = `${build} ${text.length}\n${text}\n`;
      const kept = readWhole(path);
      if (kept !== undefined && kept.startsWith(head)) return JSON.parse(kept.slice(head.length));
      const made = make(text);
      keep(folder, path, head + JSON.stringify(made), now());
      return made;
    },
  };
}

/** The content of the file if it is whole, which is why it stands there twice, and nobody but us could have written it. */
function readWhole(path: string): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const { uid, mode } = fstatSync(fd);
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0) return undefined;
    const twice = readFileSync(fd);
    const half = twice.subarray(0, twice.length / 2);
    return half.equals(twice.subarray(half.length)) ? half.toString("utf8") : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function keep(folder: string, path: string, content: string, now: number): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const aside = `${path}.${process.pid}`;
    writeFileSync(aside, content + content, { mode: 0o600, flag: "wx" });
    renameSync(aside, path);
    for (const name of readdirSync(folder).filter((each) => each.includes(".recall"))) {
      const other = join(folder, name);
      if (now - statSync(other).mtimeMs > FORGET_AFTER_MS) unlinkSync(other);
    }
  } catch {
    // It is made again the next time.
  }
}
