/** Whom something is installed for: a repository, to be committed there, or the user, in all repositories. */
import { homedir } from "node:os";
import { isAbsolute, relative } from "node:path";
import { IncrError } from "../../domain/error.ts";
import { findRepository } from "../../git/repository.ts";
import type { Context, Environment } from "../context.ts";

export type Scope =
  | {
      kind: "repo";
      /** The checkout that one stands in; outside of a repository the folder itself. */
      root: string;
      /** Git's own folder, which all worktrees share and nobody commits. */
      commonDir: string | null;
    }
  | { kind: "user"; home: string };

/** The repository, unless the user is asked for. @throws IncrError `usage` for both */
export function chooseScope(
  { cwd, env }: Pick<Context, "cwd" | "env">,
  flags: { user: boolean; repo: boolean },
): Scope {
  if (flags.user && flags.repo)
    throw new IncrError("usage", "--user and --repo exclude each other", { hint: "leave one of them out" });
  return flags.user ? userScope(env) : repoScope(cwd);
}

/** The other one of the two. */
export function otherScope({ cwd, env }: Pick<Context, "cwd" | "env">, { kind }: Scope): Scope {
  return kind === "user" ? repoScope(cwd) : userScope(env);
}

function repoScope(cwd: string): Scope {
  const found = findRepository(cwd);
  return { kind: "repo", root: found?.worktree ?? cwd, commonDir: found?.commonDir ?? null };
}

function userScope(env: Environment): Scope {
  return { kind: "user", home: env["HOME"] || homedir() };
}

/**
 * Where a folder of the user's settings lies: in the home folder under a prefix (`.claude/`), or by itself.
 * @param folder absolute
 */
export function settingsPlace(home: string, folder: string): { root: string; prefix: string } {
  const path = relative(home, folder);
  const inside = path !== "" && !path.startsWith("..") && !isAbsolute(path);
  return inside ? { root: home, prefix: `${path}/` } : { root: folder, prefix: "" };
}
