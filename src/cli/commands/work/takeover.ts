import { listUnmerged } from "../../../usecases/status/streams.ts";
import { settledApp } from "../../settled-app.ts";
import type { Context } from "../../context.ts";

/** The command that takes over what a stream has gathered on its branch; null if that is done, or there is nothing. */
export async function findTakeover(ctx: Context, branch: string): Promise<string | null> {
  const open = await listUnmerged(await settledApp(ctx), [branch]);
  return open.has(branch) ? `git merge ${branch}` : null;
}
