/** The `session` skill: what the build has put beside the program, as it is to stand in a repository. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { InstallTarget } from "../../usecases/install/install.ts";

const FOLDER = ".claude/skills/session";

export const SESSION_SKILL = { name: "skill", title: "the session skill", manifest: `${FOLDER}/.installed.json` };

/** With its files, read from the package. */
export function sessionSkill(): InstallTarget {
  const packaged = join(
    dirname(typeof __filename === "string" ? __filename : fileURLToPath(import.meta.url)),
    "skills",
    "session",
  );
  const files = readdirSync(packaged, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: `${FOLDER}/${relative(packaged, file)}`, text: readFileSync(file, "utf8") }));
  return { ...SESSION_SKILL, beside: [".claude/.incr-installed.json"], files };
}
