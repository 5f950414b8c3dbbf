import { count } from "../../../domain/count.ts";
import { IncrError } from "../../../domain/error.ts";
import { ensureRepo } from "../../../usecases/repository.ts";
import { requireNoConductor } from "../../../usecases/stream/conductor.ts";
import { fixOverview, type FixOverview } from "../../../usecases/stream/fix.ts";
import { dropStaleConflicts } from "../../../usecases/stream/stale-conflicts.ts";
import type { ThreadApp } from "../../../usecases/stream/stream-branch.ts";
import type { OpenStream } from "../../../usecases/stream/streams.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { continueStream } from "./declare-runs.ts";
import { carryOutBatches } from "./carry-out.ts";
import { openConduct } from "./conduct-world.ts";
import { mergeAndTell } from "./merge-after.ts";

type Flags = Input<typeof continueStream>["flags"];

const CHOICES = ["yes", "fix", "abort"] as const;
type Choice = (typeof CHOICES)[number];

export async function run(ctx: Context, { flags }: Input<typeof continueStream>): Promise<void> {
  const said = readChoice(flags);
  const { app, stream } = await openConduct(ctx, flags.stream);
  requireNoConductor(app, app.conduct.log(await ensureRepo(app), stream.entry.id));
  if (said !== "abort") await dropStaleConflicts(app, stream);
  const { choice, isBroken } = await settleBroken(ctx, app, stream, said, flags);
  if (choice === "abort") {
    ctx.notify({ code: "aborted", message: "aborted, nothing was changed" });
    return ctx.exit(1);
  }
  // What is complete is merged even where the next stage waits for its approval.
  if ((await mergeAndTell(ctx, app, stream)).at(-1)?.conflict) return;
  await carryOutBatches(ctx, app, stream, { ...flags, skipBroken: isBroken });
}

/** @throws IncrError `usage` if more than one is said */
function readChoice(flags: Flags): Choice | undefined {
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
  flags: Flags,
): Promise<{ choice: Choice; /** Whether something is left behind. */ isBroken: boolean }> {
  let answer = said;
  for (;;) {
    const overview = await fixOverview(app, stream);
    const { broken, blocked, conflicts } = overview;
    if (broken.length === 0 && conflicts.length === 0)
      return { choice: "yes", isBroken: answer === "yes" && blocked.length > 0 };
    tell(ctx, overview);
    const choice = answer ?? (await ask(ctx, overview));
    if (choice !== "fix") return { choice, isBroken: broken.length > 0 };
    const { fixFirst } = await import("./fix.ts");
    await fixFirst(ctx, app, stream, flags);
    answer = undefined;
  }
}

function tell(ctx: Context, { broken, conflicts }: FixOverview): void {
  const data = {
    threads: broken.map(({ id, status, actions }) => ({ id, status, actions })),
    merges: conflicts.map(({ batch }) => batch),
  };
  const found = [
    ...(broken.length === 0 ? [] : [count(broken.length, "incomplete thread")]),
    ...(conflicts.length === 0 ? [] : [count(conflicts.length, "conflict")]),
  ];
  ctx.notify({ code: "incomplete", message: `Found ${found.join(" and ")} from previous run`, data });
}

async function ask(ctx: Context, overview: FixOverview): Promise<Choice> {
  const [stuck] = overview.conflicts;
  if (!ctx.interactive) {
    throw stuck === undefined ? unanswered(overview) : impassable(stuck);
  }
  const [{ showThreads }, { select }] = await Promise.all([import("./fix-dialog.ts"), import("../../prompt.ts")]);
  showThreads(ctx, overview);
  return await select<Choice>(ctx, {
    message: "What now?",
    flag: "--yes, --fix or --abort",
    options: [
      ...(stuck === undefined
        ? [{ value: "yes" as const, label: "Continue (skip failed)", hint: "go on with what is left" }]
        : []),
      { value: "fix", label: "Fix first", hint: "work fix" },
      { value: "abort", label: "Abort" },
    ],
  });
}

function unanswered({ broken }: FixOverview): IncrError {
  const names = broken.map(({ id, status }) => `${id} ${status}`).join(", ");
  return new IncrError("needs_answer", `there is no terminal to ask on: go on without ${names}?`, {
    hint: "answer with --yes to go on, --fix to fix them first, or --abort",
    data: { flags: CHOICES.map((name) => `--${name}`) },
  });
}

function impassable({ batch, conflict }: FixOverview["conflicts"][number]): IncrError {
  return new IncrError("rule", `nothing goes on behind batch ${batch} before its merge is resolved`, {
    hint: conflict.resolving === undefined ? "work fix --merge" : "work fix --merged",
    data: { batch },
  });
}
