import { readFileSync } from "node:fs";
import { IncrError } from "../domain/error.ts";
import { replaceFile } from "../store/atomic-file.ts";
import type { JsonDocument } from "../store/document.ts";
import { orIoError } from "../store/io-error.ts";
import { withLock, type LockOptions } from "../store/lock.ts";

/**
 * Gives a damaged document a second name and writes another in its place, in one rename: at no moment is there none. Null if it can be read by now.
 * @throws IncrError `newer_state`, `busy`, `io`, and what `make` throws
 */
export async function mendDocument<T>(
  document: Pick<JsonDocument<T | null>, "path" | "read">,
  { lockPath, lock }: { lockPath: string; lock: LockOptions },
  now: Date,
  make: (damaged: string) => T,
): Promise<string | null> {
  const { path } = document;
  return await withLock(lockPath, lock, async () => {
    if (!isDamaged(document)) return null;
    const value = make(orIoError(`read ${path}`, path, () => readFileSync(path, "utf8")));
    const { keepAside } = await import("../store/aside.ts");
    const aside = keepAside(path, now);
    replaceFile(path, `${JSON.stringify(value, null, 2)}\n`, { mode: "keep", fsync: true });
    return aside;
  });
}

function isDamaged({ read }: Pick<JsonDocument<unknown>, "read">): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (error instanceof IncrError && error.code === "corrupt") return true;
    throw error;
  }
}
