import * as v from "valibot";
import { jobSchema } from "../../../domain/job/record.ts";
import { abandonJob } from "../../../usecases/job/abandon.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { abandon } from "../job.ts";
import { jobWords } from "./answers.ts";

export const answer = v.object({ job: jobSchema });
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { args }: Input<typeof abandon>): Promise<Answer> {
  return { job: await abandonJob(await settledApp(ctx), args.id) };
}

export function render({ job }: Answer): string {
  const kept = "rescue" in job && job.rescue !== undefined ? [`what was not committed is kept: ${job.rescue}`] : [];
  return [`job ${job.id} ${jobWords(job)}`, ...kept].join("\n");
}
