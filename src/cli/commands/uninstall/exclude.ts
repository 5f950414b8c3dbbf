/** `incr uninstall exclude`. */
import type { InstallPlan } from "../../../usecases/install/install.ts";
import { requireRepository } from "../../../usecases/app.ts";
import { includeMarkers } from "../../../usecases/job/exclude.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { exclude } from "../uninstall.ts";

export { installationAnswer as answer } from "../../install/installation.ts";

export async function run(ctx: Context, { flags }: Input<typeof exclude>): Promise<InstallPlan> {
  const app = await ctx.app();
  const { location } = requireRepository(app);
  const changes = await includeMarkers(app, flags);
  const action = changes ? "update" : "unchanged";
  return { target: "exclude", root: location.commonDir, files: [{ path: "info/exclude", action }], changes };
}

export function render({ changes }: InstallPlan, { style }: Context): string {
  return changes ? `${style.green("update ")}  info/exclude` : "nothing of incr stands in info/exclude";
}
