/** A repository as the use-cases see it: its place, and the mark `<common git dir>/incr/id` by which it is known after it was moved. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { IncrError } from "../domain/error.ts";
import type { RepositoryPort } from "../ports/repository.ts";
import { readExclude, writeExclude } from "./exclude.ts";
import { shareLike } from "../store/permissions.ts";
import { findRepository, MAIN_CHECKOUT_NOTE, type RepositoryLocation } from "./repository.ts";

/** @param uniqueText makes the name of a temporary file that nobody else uses */
export function createRepositoryPort(location: RepositoryLocation, uniqueText: () => string): RepositoryPort {
  return {
    ...location,
    readUid() {
      const mark = readMark(location.commonDir);
      if (mark === null || isMark(mark)) return mark;
      // Taking it for none would make the repository a new one, without its sessions.
      const path = join(location.commonDir, "incr", "id");
      throw new IncrError("corrupt", `${path} does not hold the mark of this repository any more`, {
        hint: "incr doctor --fix",
        data: { path },
      });
    },
    writeUid(uid) {
      const folder = join(location.commonDir, "incr");
      if (mkdirSync(folder, { recursive: true }) !== undefined) shareLike(folder, location.commonDir);
      const temporary = join(folder, `id.${uniqueText()}`);
      writeFileSync(temporary, `${uid}\n`);
      renameSync(temporary, join(folder, "id"));
      noteMainCheckout(location);
    },
    readUidAt(root) {
      const found = findRepository(root);
      return found === null || found.root !== root ? null : readMark(found.commonDir);
    },
    readExclude: () => readExclude(location.commonDir),
    writeExclude: (text) => writeExclude(location.commonDir, text),
  };
}

/** Whether a text can be a mark; the file of a crashed system can be empty or full of zeros. */
export function isMark(text: string): boolean {
  return /^[a-z2-7]{16}$/.test(text);
}

/** The file's text; null if there is none. */
function noteMainCheckout({ commonDir, root, linked, bare }: RepositoryLocation): void {
  if (linked || bare || root === commonDir || basename(commonDir) === ".git") return;
  writeFileSync(join(commonDir, MAIN_CHECKOUT_NOTE), `${root}\n`);
}

function readMark(commonDir: string): string | null {
  try {
    return readFileSync(join(commonDir, "incr", "id"), "utf8").trim();
  } catch {
    return null;
  }
}
