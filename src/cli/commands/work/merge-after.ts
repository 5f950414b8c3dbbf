import { mergeFinished } from "../../../usecases/stream/merge-finished.ts";
import type { ThreadApp } from "../../../usecases/stream/stream-branch.ts";
import type { OpenStream } from "../../../usecases/stream/streams.ts";
import type { Context } from "../../context.ts";
import { answerMerged, endLines } from "./merge-lines.ts";

/** Merges the batches that have come to their end, and says so. A conflict sets the exit code. @returns whether all is well */
export async function mergeAndTell(ctx: Context, app: ThreadApp, stream: OpenStream): Promise<boolean> {
  const merged = await mergeFinished(app, stream);
  for (const merge of merged.map(answerMerged)) {
    for (const message of endLines(merge)) ctx.notify({ code: "batch_merged", message, data: merge });
  }
  const isClean = merged.every(({ conflict }) => conflict === null);
  if (!isClean) ctx.exit(1);
  return isClean;
}
