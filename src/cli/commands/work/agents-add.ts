import type * as v from "valibot";
import { listAgents, putAgent } from "../../../usecases/stream/agents.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { agentsAdd } from "../work.ts";
import type { agentsAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { agentsAnswer as answer } from "./answers.ts";
export { render } from "./agents.ts";

export async function run(
  ctx: Context,
  { args, flags }: Input<typeof agentsAdd>,
): Promise<v.InferOutput<typeof agentsAnswer>> {
  const app = streamApp(ctx);
  await putAgent(app, {
    name: args.name,
    ...(flags.description === undefined ? {} : { description: flags.description }),
    ...(flags.bestFor === undefined ? {} : { best_for: flags.bestFor }),
    models: [...flags.model],
  });
  return { agents: await listAgents(app) };
}
