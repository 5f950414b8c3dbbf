import { IncrError } from "../../../domain/error.ts";
import { mergeFinished } from "../../../usecases/stream/merge-finished.ts";
import type { ThreadApp } from "../../../usecases/stream/stream-branch.ts";
import type { OpenStream } from "../../../usecases/stream/streams.ts";
import type { Context } from "../../context.ts";
import { answerMerged, endLines, type Merged } from "./merge-lines.ts";

/** Merges the batches that have come to their end, and says so. A conflict is the last of them, and sets the exit code. @param before as for `mergeFinished` */
export async function mergeAndTell(
  ctx: Context,
  app: ThreadApp,
  stream: OpenStream,
  before?: string,
): Promise<Merged[]> {
  const merged = (await mergeFinished(app, stream, before)).map(answerMerged);
  for (const merge of merged) {
    // Batches that were never run by agents have nothing to merge, and nobody waits to hear that.
    if (merge.merged.length === 0 && merge.takeover === null) continue;
    for (const message of endLines(merge)) ctx.notify({ code: "batch_merged", message, data: merge });
  }
  if (merged.at(-1)?.conflict) ctx.exit(1);
  return merged;
}

/** The same after a run, whose end is what counts: what keeps a merge from being made is a warning. */
export async function mergeAfterRun(ctx: Context, app: ThreadApp, stream: OpenStream): Promise<Merged[]> {
  try {
    return await mergeAndTell(ctx, app, stream);
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    ctx.warn({
      code: "not_merged",
      message: `what is complete could not be merged yet: ${error.message}; \`work continue\` does it`,
      data: { code: error.code, ...error.data },
    });
    return [];
  }
}
