/** `incr uninstall claude|codex|opencode`. */
import type { InstallPlan } from "../../../usecases/install/install.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { agentPlaces, type AgentName } from "../../install/agents.ts";
import { installationAnswer, runUninstall } from "../../install/installation.ts";
import { chooseScope } from "../../install/scope.ts";
import type { claude } from "../uninstall.ts";

/** The body of the command for one agent. */
export function uninstalling(agent: AgentName): {
  answer: typeof installationAnswer;
  run(ctx: Context, input: Pick<Input<typeof claude>, "flags">): InstallPlan;
} {
  return {
    answer: installationAnswer,
    run: (ctx, { flags }) => runUninstall(ctx, agentPlaces(agent, chooseScope(ctx, flags), ctx.env), flags),
  };
}
