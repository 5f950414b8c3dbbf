import type * as v from "valibot";
import { count } from "../../../domain/count.ts";
import { IncrError } from "../../../domain/error.ts";
import { fixOverview, type FixableThread, type FixOverview } from "../../../usecases/stream/fix.ts";
import { mergeFinished } from "../../../usecases/stream/merge-finished.ts";
import type { ThreadApp } from "../../../usecases/stream/stream-branch.ts";
import { openNamedStream, type OpenStream } from "../../../usecases/stream/streams.ts";
import { mergeRuns } from "../../../usecases/stream/thread-runs.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { continueStream } from "../work.ts";
import type { continueAnswer, fixableSchema } from "./fix-answers.ts";
import { answerMerged, mergedLines } from "./merge-lines.ts";
import { threadApp } from "./thread-world.ts";

export { continueAnswer as answer } from "./fix-answers.ts";
type Answer = v.InferOutput<typeof continueAnswer>;
type ContinueFlags = Input<typeof continueStream>["flags"];

const CHOICES = ["yes", "fix", "abort"] as const;
type Choice = (typeof CHOICES)[number];

export async function run(ctx: Context, { flags }: Input<typeof continueStream>): Promise<Answer> {
  const said = readChoice(flags);
  const app = await threadApp(ctx);
  const stream = openNamedStream(app, flags.stream);
  await mergeRuns(app, stream);
  const { choice, left } = await settleBroken(ctx, app, stream, said, flags);
  const skipped = left.map(answerFixable);
  const { id } = stream.entry;
  if (choice === "abort") {
    ctx.exit(1);
    return { stream: id, action: "aborted", skipped, merged: [], takeover: null };
  }
  const merged = (await mergeFinished(app, stream)).map(answerMerged);
  if (merged.some(({ conflict }) => conflict !== null)) ctx.exit(1);
  return { stream: id, action: "continued", skipped, merged, takeover: merged.at(-1)?.takeover ?? null };
}

/** @throws IncrError `usage` if more than one is said */
function readChoice(flags: ContinueFlags): Choice | undefined {
  const said = CHOICES.filter((name) => flags[name]);
  if (said.length < 2) return said[0];
  throw new IncrError("usage", `--${said[0]} and --${said[1]} exclude each other`, { hint: "work continue --help" });
}

/** Asks until nothing is broken any more, or it is said to go on all the same. @throws IncrError `needs_answer` without a terminal */
async function settleBroken(
  ctx: Context,
  app: ThreadApp,
  stream: OpenStream,
  said: Choice | undefined,
  flags: ContinueFlags,
): Promise<{ choice: Choice; left: FixableThread[] }> {
  let answer = said;
  for (;;) {
    const overview = await fixOverview(app, stream);
    const { broken, conflicts } = overview;
    if (broken.length === 0 && conflicts.length === 0) return { choice: "yes", left: [] };
    tell(ctx, overview);
    const choice = answer ?? (await ask(ctx, overview));
    if (choice !== "fix") return { choice, left: broken };
    const { fixFirst } = await import("./fix.ts");
    await fixFirst(ctx, app, stream, flags);
    answer = undefined;
  }
}

function tell(ctx: Context, { broken, conflicts }: FixOverview): void {
  const data = { threads: broken.map(answerFixable), merges: conflicts.map(({ batch }) => batch) };
  const found = [
    ...(broken.length === 0 ? [] : [count(broken.length, "incomplete thread")]),
    ...(conflicts.length === 0 ? [] : [count(conflicts.length, "conflict")]),
  ];
  ctx.notify({ code: "incomplete", message: `Found ${found.join(" and ")} from previous run`, data });
}

async function ask(ctx: Context, overview: FixOverview): Promise<Choice> {
  if (!ctx.interactive) {
    const names = [
      ...overview.broken.map(({ id, status }) => `${id} ${status}`),
      ...overview.conflicts.map(({ batch }) => `the merge of ${batch}`),
    ];
    throw new IncrError("needs_answer", `there is no terminal to ask on: go on without ${names.join(", ")}?`, {
      hint: "answer with --yes to go on, --fix to fix them first, or --abort",
      data: { flags: CHOICES.map((name) => `--${name}`) },
    });
  }
  const [{ showThreads }, { select }] = await Promise.all([import("./fix-dialog.ts"), import("../../prompt.ts")]);
  showThreads(ctx, overview);
  return await select<Choice>(ctx, {
    message: "What now?",
    flag: "--yes, --fix or --abort",
    options: [
      { value: "yes", label: "Continue (skip failed)", hint: "go on with what is left" },
      { value: "fix", label: "Fix first", hint: "work fix" },
      { value: "abort", label: "Abort" },
    ],
  });
}

function answerFixable(thread: FixableThread): v.InferOutput<typeof fixableSchema> {
  const { id, name, status, actions, note, sessions, agent } = thread;
  return { id, name, status, actions, note, sessions, agent };
}

export function render({ stream, action, merged, skipped }: Answer): string {
  if (action === "aborted") return `${stream}: aborted, nothing was changed`;
  const lines = merged.flatMap(mergedLines);
  if (lines.length > 0) return lines.join("\n");
  const rest =
    skipped.length === 0 ? "nothing is left to be done" : `left as they are: ${skipped.map(({ id }) => id).join(", ")}`;
  return `${stream}: ${rest}`;
}
