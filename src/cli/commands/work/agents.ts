import type * as v from "valibot";
import { listAgents } from "../../../usecases/stream/agents.ts";
import type { Context } from "../../context.ts";
import { renderTable } from "../../table.ts";
import type { agentsAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { agentsAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof agentsAnswer>;

export async function run(ctx: Context): Promise<Answer> {
  return { agents: await listAgents(streamApp(ctx)) };
}

export function render({ agents }: Answer, ctx: Context): string {
  if (agents.length === 0) return "no agents; `work agents add <name> --model <provider/model>` adds one";
  return renderTable(
    agents,
    [
      { header: "AGENT", value: (agent) => agent.name, paint: (text, _agent, style) => style.cyan(text) },
      { header: "MODELS", value: (agent) => agent.models.join(", ") },
      { header: "BEST FOR", value: (agent) => agent.best_for, flexible: true },
      { header: "DESCRIPTION", value: (agent) => agent.description, flexible: true },
    ],
    { width: ctx.stdout.width, style: ctx.style },
  );
}
