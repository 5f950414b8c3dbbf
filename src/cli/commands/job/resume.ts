import { resumeJob } from "../../../usecases/job/resume.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { resume } from "../job.ts";
import { tellResult } from "./answers.ts";
import { limitsIn } from "./limits.ts";
import { showJobEvents } from "./stream.ts";

export async function run(ctx: Context, { args, flags }: Input<typeof resume>): Promise<void> {
  const result = await resumeJob(await settledApp(ctx), {
    id: args.id,
    now: flags.now,
    wait: flags.wait,
    limits: limitsIn(flags),
    onEvent: showJobEvents(ctx, { together: false }),
  });
  tellResult(ctx, result);
  if (result.kind === "ended" && result.failure !== null) ctx.out.error(result.failure);
  ctx.exit(result.exit_code);
}
