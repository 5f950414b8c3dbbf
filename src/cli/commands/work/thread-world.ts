import type { ThreadApp } from "../../../usecases/stream/stream-branch.ts";
import { openNamedStream, type OpenStream } from "../../../usecases/stream/streams.ts";
import { endAbandonedMerges } from "../../../usecases/stream/stale-conflicts.ts";
import { mergeRuns } from "../../../usecases/stream/thread-runs.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import { streamApp } from "./world.ts";

/** The world of commands that start agents or merge what they did: git and leases beside the stream's files. What died is settled first. */
export async function threadApp(ctx: Context): Promise<ThreadApp> {
  return { ...(await settledApp(ctx)), ...streamApp(ctx) };
}

/** The same with one stream, whose files say then what has become of every run, and who is at which merge. */
export async function openThreads(
  ctx: Context,
  name: string | undefined,
): Promise<{ app: ThreadApp; stream: OpenStream }> {
  const app = await threadApp(ctx);
  const stream = openNamedStream(app, name);
  await mergeRuns(app, stream);
  return { app, stream: await endAbandonedMerges(app, stream) };
}
