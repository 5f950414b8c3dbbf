import { readJobLogs } from "../../../usecases/job/logs.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { logs } from "../job.ts";
import { showJobEvents } from "./stream.ts";

export async function run(ctx: Context, { args, flags }: Input<typeof logs>): Promise<void> {
  const onEvent = showJobEvents(ctx, { together: true });
  await readJobLogs(await settledApp(ctx), { id: args.id, follow: flags.follow, onEvent });
}
