import { mergeFinished } from "../../../usecases/stream/merge-finished.ts";
import type { ThreadApp } from "../../../usecases/stream/stream-branch.ts";
import type { OpenStream } from "../../../usecases/stream/streams.ts";
import type { Context } from "../../context.ts";
import { answerMerged, endLines, type Merged } from "./merge-lines.ts";

/** Merges the batches that have come to their end, and says so. A conflict is the last of them, and sets the exit code. */
export async function mergeAndTell(ctx: Context, app: ThreadApp, stream: OpenStream): Promise<Merged[]> {
  const merged = (await mergeFinished(app, stream)).map(answerMerged);
  for (const merge of merged) {
    // Batches that were never run by agents have nothing to merge, and nobody waits to hear that.
    if (merge.merged.length === 0 && merge.takeover === null) continue;
    for (const message of endLines(merge)) ctx.notify({ code: "batch_merged", message, data: merge });
  }
  if (merged.at(-1)?.conflict) ctx.exit(1);
  return merged;
}
