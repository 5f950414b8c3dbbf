import * as v from "valibot";
import { agentSessionSchema } from "../../../domain/records.ts";
import { killAgent } from "../../../usecases/agent/kill.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { kill } from "../agent.ts";
import { statusWords } from "./answers.ts";
import { harnessIn } from "./harness.ts";

export const answer = v.object({ agent_session: agentSessionSchema });
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { args, flags }: Input<typeof kill>): Promise<Answer> {
  const app = await settledApp(ctx);
  return { agent_session: await killAgent(app, { id: args.id, harness: harnessIn(flags) }) };
}

export function render({ agent_session: session }: Answer): string {
  return `agent session ${session.id} ${statusWords(session)}`;
}
