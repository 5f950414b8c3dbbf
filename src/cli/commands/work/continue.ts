import type * as v from "valibot";
import { fixOverview } from "../../../usecases/stream/fix.ts";
import { mergeFinished } from "../../../usecases/stream/merge-finished.ts";
import { openNamedStream } from "../../../usecases/stream/streams.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { continueStream } from "../work.ts";
import type { continueAnswer } from "./fix-answers.ts";
import { answerMerged, mergedLines } from "./merge-lines.ts";
import { threadApp } from "./thread-world.ts";

export { continueAnswer as answer } from "./fix-answers.ts";
type Answer = v.InferOutput<typeof continueAnswer>;

export async function run(ctx: Context, { flags }: Input<typeof continueStream>): Promise<Answer> {
  const app = await threadApp(ctx);
  const stream = openNamedStream(app, flags.stream);
  const { broken } = await fixOverview(app, stream);
  const merged = (await mergeFinished(app, stream)).map(answerMerged);
  if (merged.some(({ conflict }) => conflict !== null)) ctx.exit(1);
  return {
    stream: stream.entry.id,
    action: "continued",
    skipped: broken.map(({ id, name, status, actions, note, sessions, agent }) => ({
      id,
      name,
      status,
      actions,
      note,
      sessions,
      agent,
    })),
    merged,
    takeover: merged.at(-1)?.takeover ?? null,
  };
}

export function render({ merged, stream }: Answer): string {
  return merged.length === 0 ? `${stream}: nothing is left to be done` : merged.flatMap(mergedLines).join("\n");
}
