import type * as v from "valibot";
import { listAgents, removeAgent } from "../../../usecases/stream/agents.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { agentsRemove } from "../work.ts";
import type { agentsAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { agentsAnswer as answer } from "./answers.ts";
export { render } from "./agents.ts";

export async function run(
  ctx: Context,
  { args }: Input<typeof agentsRemove>,
): Promise<v.InferOutput<typeof agentsAnswer>> {
  const app = streamApp(ctx);
  await removeAgent(app, args.name);
  return { agents: await listAgents(app) };
}
