import { readAgentLogs } from "../../../usecases/agent/logs.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { logs } from "../agent.ts";
import { harnessIn } from "./harness.ts";
import { showEvents } from "./stream.ts";

export async function run(ctx: Context, { args, flags }: Input<typeof logs>): Promise<void> {
  const onEvent = showEvents(ctx, { together: true });
  await readAgentLogs(await settledApp(ctx), { id: args.id, harness: harnessIn(flags), follow: flags.follow, onEvent });
}
