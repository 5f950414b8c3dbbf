/** The journal's folder, and what git is to ignore in it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSystemError, orIoError } from "../store/io-error.ts";

/** What must never be committed. Whether the rest is, the user decides. */
const IGNORED = `# Written by incr. The state is live: a branch that held it would take it back in time.
state.json
state.json.bak
*.lock
*.tmp
spool/
`;

/** Makes the folder and, unless there is one, its `.gitignore`. @throws IncrError `io` */
export function prepareFolder(folder: string): void {
  orIoError(`make ${folder}`, folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o777 });
    try {
      writeFileSync(join(folder, ".gitignore"), IGNORED, { flag: "wx" });
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) throw error;
    }
  });
}
