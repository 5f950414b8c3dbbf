import type * as v from "valibot";
import { IncrError } from "../../../domain/error.ts";
import type { FixAction } from "../../../domain/stream/fix.ts";
import { requireThread } from "../../../domain/stream/tasks/outline.ts";
import { addStageTo } from "../../../usecases/stream/edit.ts";
import { fixOverview, fixThread, type FixOverview } from "../../../usecases/stream/fix.ts";
import { finishMerge, openMerge, resolveByAgent, type OpenMerge } from "../../../usecases/stream/resolve-merge.ts";
import type { ThreadApp } from "../../../usecases/stream/stream-branch.ts";
import { openNamedStream, requirePlan, type OpenStream } from "../../../usecases/stream/streams.ts";
import { mergeRuns } from "../../../usecases/stream/thread-runs.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { raw, type RawText } from "../../output.ts";
import { tellEnd, tellStart } from "../agent/answers.ts";
import { showEvents } from "../agent/stream.ts";
import type { fix } from "../work.ts";
import { addedLine } from "./added.ts";
import { wantedAgent } from "./agent-flags.ts";
import type { fixAnswer } from "./fix-answers.ts";
import { answerConflict, answerMerged, mergedLines } from "./merge-lines.ts";
import { tellThreadEnd, tellThreadStart } from "./thread-end.ts";
import { threadApp } from "./thread-world.ts";

export { fixAnswer as answer } from "./fix-answers.ts";
type Answer = v.InferOutput<typeof fixAnswer>;
export type FixFlags = Input<typeof fix>["flags"];

export async function run(ctx: Context, { flags }: Input<typeof fix>): Promise<Answer> {
  const wanted = readWish(flags);
  const app = await threadApp(ctx);
  const stream = openNamedStream(app, flags.stream);
  const thread = flags.thread === undefined ? undefined : requireThread(requirePlan(stream), flags.thread).id;
  await mergeRuns(app, stream);
  const wish = { ...wanted, ...(thread === undefined ? {} : { thread }) };
  return await carryOutFix(ctx, app, stream, await complete(ctx, app, stream, wish), flags);
}

/** What is to be done, as far as it is known: what lacks is asked for. */
export interface Wish {
  action?: FixAction | "new_stage" | "merge" | "merged";
  thread?: string;
  /** Name in `work/agents.yaml`. */
  agent?: string;
  /** Of a new stage. */
  name?: string;
}

/** @throws IncrError `usage` for flags that exclude each other */
function readWish({ resume, retry, agent, newStage, merge, merged, name }: FixFlags): Wish {
  const actions = [
    ...(resume ? (["resume"] as const) : []),
    ...(retry ? (["retry"] as const) : []),
    ...(newStage ? (["new_stage"] as const) : []),
    ...(merge ? (["merge"] as const) : []),
    ...(merged ? (["merged"] as const) : []),
  ];
  if (actions.length > 1) {
    const [one, other] = actions.map((action) => `--${action.replace("_", "-")}`);
    throw new IncrError("usage", `${one} and ${other} exclude each other`, { hint: "work fix --help" });
  }
  const [action] = actions;
  if (name !== undefined && action !== "new_stage") {
    throw new IncrError("usage", "--name is for a new stage, which `work fix` does not add by itself any more", {
      hint: `work add-stage --name ${JSON.stringify(name)}, or work fix --new-stage --name ${JSON.stringify(name)}`,
    });
  }
  if (agent !== undefined && (action === "resume" || action === "new_stage" || action === "merged")) {
    const why = action === "resume" ? ": a conversation goes on with the agent that it began with" : "";
    throw new IncrError("usage", `--agent and --${action.replace("_", "-")} exclude each other${why}`, {
      hint: "work fix --help",
    });
  }
  const another = agent !== undefined && (action === undefined || action === "retry") ? "agent" : action;
  return {
    ...(another === undefined ? {} : { action: another }),
    ...(agent === undefined ? {} : { agent }),
    ...(name === undefined ? {} : { name }),
  };
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
  if (!ctx.interactive) throw unanswered(overview, wish);
  const { askForFix } = await import("./fix-dialog.ts");
  return await askForFix(ctx, app, stream, overview, wish);
}

function unanswered({ broken, conflicts }: FixOverview, { action, thread }: Wish): IncrError {
  if (action === "new_stage") {
    return new IncrError("needs_answer", "there is no terminal to ask on: what is the new stage called?", {
      hint: "answer with --name <name>",
      data: { flag: "--name" },
    });
  }
  const said = thread === undefined ? undefined : broken.find(({ id }) => id === thread);
  const [first] = said === undefined ? broken : [said];
  const flags =
    first === undefined
      ? thread === undefined
        ? "--merge"
        : `--thread ${thread} --retry`
      : `--thread ${first.id} ${first.actions.map((one) => (one === "agent" ? "--agent <name>" : `--${one}`)).join(" | ")}`;
  const threads = broken.map(({ id, status }) => `${id} ${status}`);
  const merges = conflicts.map(({ batch }) => `the merge of ${batch}`);
  const what = said === undefined ? [...threads, ...merges].join(", ") : `${said.id} ${said.status}`;
  return new IncrError("needs_answer", `there is no terminal to ask on: what is to be fixed, and how? (${what})`, {
    hint: `work fix ${flags}`,
    data: { threads: broken.map(({ id, actions }) => ({ id, actions })), merges: conflicts.map(({ batch }) => batch) },
  });
}

/** @param wish null: nothing is to be done */
export async function carryOutFix(
  ctx: Context,
  app: ThreadApp,
  stream: OpenStream,
  wish: Wish | null,
  flags: FixFlags,
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
      if (wish.agent !== undefined) return await mergeByAgent(ctx, app, stream, wish, flags);
      return openAnswer(ctx, stream, await openMerge(app, stream, wish.thread));
    case "merged": {
      const merge = answerMerged(await finishMerge(app, stream, wish.thread));
      if (merge.conflict !== null) ctx.exit(1);
      return { action: "merged", stream: id, merge };
    }
    default:
      return await rerun(ctx, app, stream, { ...wish, action: wish.action, thread: wish.thread ?? "" }, flags);
  }
}

async function mergeByAgent(
  ctx: Context,
  app: ThreadApp,
  stream: OpenStream,
  { thread, agent }: Wish,
  flags: FixFlags,
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

async function rerun(
  ctx: Context,
  app: ThreadApp,
  stream: OpenStream,
  { action, thread, agent }: { action: FixAction; thread: string; agent?: string },
  flags: FixFlags,
): Promise<Answer> {
  const interactive = !flags.piped && !ctx.json && ctx.stdin.isTTY && ctx.stdout.isTTY;
  const { result, merged } = await fixThread(app, stream, {
    ...wantedAgent({ ...flags, agent }),
    thread,
    action,
    interactive,
    force: flags.force,
    onStart: (session) => tellThreadStart(ctx, session),
    ...(interactive || ctx.json ? {} : { onEvent: showEvents(ctx, { together: false }) }),
  });
  tellThreadEnd(ctx, result);
  if (merged.some(({ conflict }) => conflict !== null)) ctx.exit(1);
  const { run: runId, outcome, status, session, branch, commits, rescue } = result;
  return {
    action: "run",
    stream: stream.entry.id,
    rerun: {
      thread,
      action,
      run: runId,
      outcome,
      status,
      agent_session: session.id,
      session_id: session.agent_session_id ?? null,
      branch,
      commits,
      rescue: rescue?.name ?? null,
    },
    merged: merged.map(answerMerged),
  };
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
      return mergedLines(answer.merge).join("\n");
    case "run":
      return answer.merged.flatMap(mergedLines).join("\n");
  }
}
