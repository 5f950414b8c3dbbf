import type { InstallPlan } from "../../../usecases/install/install.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { checkoutFolder, runInstall } from "../../install/installation.ts";
import { sessionSkill } from "../../install/session-skill.ts";
import type { skill } from "../install.ts";

export { installationAnswer as answer } from "../../install/installation.ts";

export async function run(ctx: Context, { flags }: Input<typeof skill>): Promise<InstallPlan> {
  const { yes, ...how } = flags;
  // Files of the project's own, which run by nobody's hand but an agent's: a script need not say that it means what it says
  const question = yes || !ctx.interactive ? undefined : "Write this here?";
  return await runInstall(ctx, [{ root: checkoutFolder(ctx), target: sessionSkill() }], { ...how, question });
}
