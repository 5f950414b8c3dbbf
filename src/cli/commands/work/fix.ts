import type * as v from "valibot";
import { requirePartId } from "../../../domain/stream/id.ts";
import { finishMerge, openMerge } from "../../../usecases/stream/resolve-merge.ts";
import { openNamedStream } from "../../../usecases/stream/streams.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { fix } from "../work.ts";
import type { fixAnswer } from "./fix-answers.ts";
import { answerConflict, answerMerged, mergedLines } from "./merge-lines.ts";
import { threadApp } from "./thread-world.ts";

export { fixAnswer as answer } from "./fix-answers.ts";
type Answer = v.InferOutput<typeof fixAnswer>;

export async function run(ctx: Context, { flags }: Input<typeof fix>): Promise<Answer> {
  const app = await threadApp(ctx);
  const stream = openNamedStream(app, flags.stream);
  const thread = flags.thread === undefined ? undefined : requirePartId(flags.thread, "thread");
  if (flags.merged) {
    const merge = answerMerged(await finishMerge(app, stream, thread));
    if (merge.conflict !== null) ctx.exit(1);
    return { action: "merged", merge };
  }
  const { batch, conflict, workspace } = await openMerge(app, stream, thread);
  ctx.notify({
    code: "merge_open",
    message: `${workspace.name} stands in the middle of the merge: resolve the conflicts there, \`git add\` the files, then \`work fix --merged\``,
    data: { workspace: workspace.name, path: workspace.path, files: conflict.files },
  });
  return {
    action: "merge",
    stream: stream.entry.id,
    conflict: answerConflict(batch, conflict),
    workspace: workspace.name,
    path: workspace.path,
  };
}

export function render(answer: Answer): string {
  switch (answer.action) {
    case "none":
      return `${answer.stream}: nothing is to be fixed`;
    case "new_stage":
      return answer.added.id;
    case "merge":
      return answer.path;
    case "merged":
      return mergedLines(answer.merge).join("\n");
  }
}
