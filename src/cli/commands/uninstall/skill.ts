import type { InstallPlan } from "../../../usecases/install/install.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { checkoutFolder, runUninstall } from "../../install/installation.ts";
import { SESSION_SKILL } from "../../install/session-skill.ts";
import type { skill } from "../uninstall.ts";

export { installationAnswer as answer } from "../../install/installation.ts";

export function run(ctx: Context, { flags }: Input<typeof skill>): InstallPlan {
  return runUninstall(ctx, [{ root: checkoutFolder(ctx), target: SESSION_SKILL }], flags);
}
