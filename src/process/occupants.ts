/** Who stands in a folder: what a reset or a removal of it would pull the ground from under. */
import { realpathSync } from "node:fs";
import { relative, sep } from "node:path";
import type { Occupant } from "../ports/processes.ts";
import { toLiveProcess } from "./lease.ts";
import { withAncestors } from "./lineage.ts";
import type { ProcessTable } from "./table.ts";

/** Living processes whose working directory is `dir` or inside it, except ourselves and our ancestors (the shell that called us may well stand there). */
export function findOccupants(table: ProcessTable, dir: string): Occupant[] {
  const root = resolve(dir);
  const inside = [...table.directories()].filter(([, cwd]) => cwd === root || cwd.startsWith(`${root}${sep}`));
  if (inside.length === 0) return [];
  const rows = new Map(table.rows().map((row) => [row.pid, row]));
  const spared = withAncestors([...rows.values()], process.pid);
  return inside.flatMap(([pid, cwd]) => {
    const row = rows.get(pid);
    return row === undefined || spared.has(pid)
      ? []
      : [{ ...toLiveProcess(table, row), cwd, within: relative(root, cwd) }];
  });
}

/** The kernel names working directories without symlinks. A folder that is gone cannot have any left. */
function resolve(dir: string): string {
  try {
    return realpathSync(dir);
  } catch {
    return dir;
  }
}
