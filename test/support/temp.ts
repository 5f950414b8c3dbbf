/** Temporary folders that vanish with the test file. */
import { mkdtempSync, realpathSync } from "node:fs";
import { chmod, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onCleanup } from "./cleanup.ts";

/** A fresh folder (absolute, symlinks resolved), removed at the end of the test file. */
export function makeTempDir(prefix = "incr-test-"): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  onCleanup(() => removeFolder(folder));
  return folder;
}

/** Removes a folder with all that is in it, read-only folders too; a missing one is fine. */
export async function removeFolder(folder: string): Promise<void> {
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  try {
    await remove();
  } catch {
    await makeWritable(folder);
    await remove();
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}
