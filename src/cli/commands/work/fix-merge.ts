/** A merge that conflicts: opened, resolved by an agent, taken over. */
import type * as v from "valibot";
import { resolveByAgent } from "../../../usecases/stream/agent-merge.ts";
import { finishMerge, openMerge, type OpenMerge } from "../../../usecases/stream/resolve-merge.ts";
import type { ThreadApp } from "../../../usecases/stream/stream-branch.ts";
import type { OpenStream } from "../../../usecases/stream/streams.ts";
import type { Context } from "../../context.ts";
import { tellEnd, tellStart } from "../agent/answers.ts";
import { showEvents } from "../agent/stream.ts";
import { wantedAgent } from "./agent-flags.ts";
import type { fixAnswer } from "./fix-answers.ts";
import type { RunFlags, Wish } from "./fix-wish.ts";
import { answerConflict, answerMerged } from "./merge-lines.ts";

type Answer = v.InferOutput<typeof fixAnswer>;

/** Opens it for the caller, or lets an agent do all of it. */
export async function fixMerge(
  ctx: Context,
  app: ThreadApp,
  stream: OpenStream,
  wish: Wish,
  flags: RunFlags,
): Promise<Answer> {
  if (wish.agent !== undefined) return await mergeByAgent(ctx, app, stream, wish, flags);
  return openAnswer(ctx, stream, await openMerge(app, stream, wish.thread));
}

/** Takes over what was resolved. */
export async function takeMerge(ctx: Context, app: ThreadApp, stream: OpenStream, { thread }: Wish): Promise<Answer> {
  const merge = answerMerged(await finishMerge(app, stream, thread));
  if (merge.conflict !== null) ctx.exit(1);
  return { action: "merged", stream: stream.entry.id, merge };
}

async function mergeByAgent(
  ctx: Context,
  app: ThreadApp,
  stream: OpenStream,
  { thread, agent }: Wish,
  flags: RunFlags,
): Promise<Answer> {
  const { open, result, merge } = await resolveByAgent(app, stream, thread, {
    ...wantedAgent({ ...flags, agent }),
    onStart: (session) => tellStart(ctx, session),
    ...(ctx.json ? {} : { onEvent: showEvents(ctx, { together: false }) }),
  });
  if (merge === null) {
    tellEnd(ctx, result);
    return openAnswer(ctx, stream, open);
  }
  if (merge.conflict !== null) ctx.exit(1);
  return { action: "merged", stream: stream.entry.id, merge: answerMerged(merge) };
}

function openAnswer(ctx: Context, stream: OpenStream, { batch, conflict, workspace }: OpenMerge): Answer {
  ctx.notify({
    code: "merge_open",
    message: `${workspace.name} stands in the middle of the merge: resolve the conflicts there, \`git add\` the files, then \`work fix --merged\``,
    data: { workspace: workspace.name, path: workspace.path, files: conflict.files },
  });
  return {
    action: "merge",
    stream: stream.entry.id,
    conflict: { ...answerConflict(batch, conflict), workspace: workspace.name },
    workspace: workspace.name,
    path: workspace.path,
  };
}
