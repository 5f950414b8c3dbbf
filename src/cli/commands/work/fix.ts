import type * as v from "valibot";
import { requireThread } from "../../../domain/stream/tasks/outline.ts";
import { addStageTo } from "../../../usecases/stream/edit.ts";
import { dropStaleConflicts } from "../../../usecases/stream/stale-conflicts.ts";
import { fixOverview, requireFixable } from "../../../usecases/stream/fix.ts";
import type { ThreadApp } from "../../../usecases/stream/stream-branch.ts";
import { requirePlan, type OpenStream } from "../../../usecases/stream/streams.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { raw, type RawText } from "../../output.ts";
import type { fix } from "./declare-runs.ts";
import { addedLine } from "./added.ts";
import type { fixAnswer } from "./fix-answers.ts";
import { fixMerge, takeMerge } from "./fix-merge.ts";
import { rerun } from "./fix-thread.ts";
import { readWish, unanswered, type RunFlags, type Wish } from "./fix-wish.ts";
import { endLines } from "./merge-lines.ts";
import { openThreads } from "./thread-world.ts";

export { fixAnswer as answer } from "./fix-answers.ts";
type Answer = v.InferOutput<typeof fixAnswer>;

export async function run(ctx: Context, { flags }: Input<typeof fix>): Promise<Answer> {
  const wanted = readWish(flags);
  const { app, stream: found } = await openThreads(ctx, flags.stream);
  const stream = await dropStaleConflicts(app, found);
  const thread = flags.thread === undefined ? undefined : requireThread(requirePlan(stream), flags.thread).id;
  const wish = { ...wanted, ...(thread === undefined ? {} : { thread }) };
  return await carryOutFix(ctx, app, stream, await complete(ctx, app, stream, wish), flags);
}

/** `work fix` for whoever comes from elsewhere and has said nothing yet. */
export async function fixFirst(ctx: Context, app: ThreadApp, stream: OpenStream, flags: RunFlags): Promise<void> {
  const answer = await carryOutFix(ctx, app, stream, await complete(ctx, app, stream, {}), flags);
  const text = render(answer, ctx);
  const line = typeof text === "string" ? text : String(text.raw).trimEnd();
  for (const message of line.split("\n")) if (message !== "") ctx.notify({ code: "fixed", message });
}

/** Asks for whatever is not said. @throws IncrError `needs_answer` without a terminal */
async function complete(ctx: Context, app: ThreadApp, stream: OpenStream, wish: Wish): Promise<Wish | null> {
  const { action, thread, name } = wish;
  if (action === "merge" || action === "merged") return wish;
  if (action === "new_stage" && name !== undefined) return wish;
  if (action !== undefined && thread !== undefined) return wish;
  const overview = await fixOverview(app, stream);
  const isFine = overview.broken.length === 0 && overview.conflicts.length === 0;
  if (isFine && thread === undefined && action !== "new_stage") return null;
  if (thread !== undefined && action !== "new_stage") await requireFixable(app, stream, thread);
  if (!ctx.interactive) throw unanswered(overview, wish);
  const { askForFix } = await import("./fix-dialog.ts");
  return await askForFix(ctx, app, stream, overview, wish);
}

/** @param wish null: nothing is to be done */
async function carryOutFix(
  ctx: Context,
  app: ThreadApp,
  stream: OpenStream,
  wish: Wish | null,
  flags: RunFlags,
): Promise<Answer> {
  const { id } = stream.entry;
  if (wish?.action === undefined) return { action: "none", stream: id };
  switch (wish.action) {
    case "new_stage": {
      const added = await addStageTo(app, id, { name: wish.name ?? "", renumber: false });
      ctx.notify({
        code: "stage_added",
        message: "write its batches and threads into the plan, then `work approve plan` and `work approve tasks`",
      });
      return { action: "new_stage", stream: id, added };
    }
    case "merge":
      return await fixMerge(ctx, app, stream, wish, flags);
    case "merged":
      return await takeMerge(ctx, app, stream, wish);
    default:
      return await rerun(ctx, app, stream, { ...wish, action: wish.action, thread: wish.thread ?? "" }, flags);
  }
}

export function render(answer: Answer, ctx: Context): string | RawText {
  switch (answer.action) {
    case "none":
      return `${answer.stream}: nothing is to be fixed`;
    case "new_stage": {
      const { id, plan, line } = answer.added;
      return addedLine({ id, file: plan, line }, ctx);
    }
    case "merge":
      return raw(`${answer.path}\n`);
    case "merged":
      return endLines(answer.merge).join("\n");
    case "run":
      return "";
  }
}
