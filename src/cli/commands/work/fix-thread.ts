/** A thread that is run once more. */
import type * as v from "valibot";
import type { FixAction } from "../../../domain/stream/fix.ts";
import { fixThread } from "../../../usecases/stream/fix.ts";
import type { ThreadApp } from "../../../usecases/stream/stream-branch.ts";
import type { OpenStream } from "../../../usecases/stream/streams.ts";
import type { Context } from "../../context.ts";
import { showEvents } from "../agent/stream.ts";
import { wantedAgent } from "./agent-flags.ts";
import type { fixAnswer } from "./fix-answers.ts";
import type { RunFlags } from "./fix-wish.ts";
import { mergeAfterRun } from "./merge-after.ts";
import { tellThreadEnd, tellThreadStart } from "./thread-end.ts";

type Answer = v.InferOutput<typeof fixAnswer>;

/** On a terminal in the agent's own interface, unless --piped is said. */
export async function rerun(
  ctx: Context,
  app: ThreadApp,
  stream: OpenStream,
  { action, thread, agent }: { action: FixAction; thread: string; agent?: string },
  flags: RunFlags,
): Promise<Answer> {
  const interactive = !flags.piped && !ctx.json && ctx.stdin.isTTY && ctx.stdout.isTTY;
  const result = await fixThread(app, stream, {
    ...wantedAgent({ ...flags, agent }),
    thread,
    action,
    interactive,
    inPlace: flags.inPlace,
    force: flags.force,
    onStart: (session) => tellThreadStart(ctx, session),
    ...(interactive || ctx.json ? {} : { onEvent: showEvents(ctx, { together: false }) }),
  });
  tellThreadEnd(ctx, result);
  const merged = result.status === "completed" ? await mergeAfterRun(ctx, app, stream) : [];
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
    merged,
  };
}
