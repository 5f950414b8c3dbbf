import { IncrError } from "../../domain/error.ts";
import { requireRepository, type App } from "../app.ts";

/** For whoever brings a branch back: git has it in one worktree only. @throws IncrError `held` */
export async function requireNotCheckedOut(app: App, branch: string): Promise<void> {
  const path = await requireRepository(app).worktrees.findCheckout(branch);
  if (path === null) return;
  throw new IncrError("held", `${branch} is checked out in ${path}`, {
    hint: `git -C ${path} switch --detach, then resume again`,
    data: { branch, path },
  });
}
