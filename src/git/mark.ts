/** A repository as the use-cases see it: its place, and the mark `<common git dir>/incr/id` by which it is known after it was moved. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RepositoryPort } from "../ports/repository.ts";
import { findRepository, type RepositoryLocation } from "./repository.ts";

/** @param uniqueText makes the name of a temporary file that nobody else uses */
export function createRepositoryPort(location: RepositoryLocation, uniqueText: () => string): RepositoryPort {
  return {
    ...location,
    readUid: () => readMark(location.commonDir),
    writeUid(uid) {
      const folder = join(location.commonDir, "incr");
      mkdirSync(folder, { recursive: true });
      const temporary = join(folder, `id.${uniqueText()}`);
      writeFileSync(temporary, `${uid}\n`);
      renameSync(temporary, join(folder, "id"));
    },
    readUidAt(root) {
      const found = findRepository(root);
      return found === null || found.root !== root ? null : readMark(found.commonDir);
    },
  };
}

function readMark(commonDir: string): string | null {
  try {
    const uid = readFileSync(join(commonDir, "incr", "id"), "utf8").trim();
    return uid === "" ? null : uid;
  } catch {
    return null;
  }
}
