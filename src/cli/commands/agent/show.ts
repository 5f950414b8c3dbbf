import * as v from "valibot";
import { formatDuration } from "../../../domain/duration.ts";
import { harnessOf } from "../../../domain/agent/session.ts";
import { agentSessionSchema, type AgentSession } from "../../../domain/records.ts";
import { showAgentSession } from "../../../usecases/agent/list.ts";
import { formatAgo } from "../../age.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { renderFields } from "../../fields.ts";
import { settledApp } from "../../settled-app.ts";
import type { show } from "../agent.ts";
import { statusWords } from "./answers.ts";
import { harnessIn } from "./harness.ts";

export const answer = v.object({
  agent_session: agentSessionSchema,
  /** Of an active one. `orphaned`: what watched over it is gone, and something of it still runs. */
  liveness: v.nullable(v.picklist(["running", "orphaned", "gone", "unknown"])),
  /** Absolute path of its event log. */
  log: v.nullable(v.string()),
  /** What to type to go on with the conversation without incr; null if its id was not captured. */
  by_hand: v.nullable(v.string()),
});
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { args, flags }: Input<typeof show>): Promise<Answer> {
  const app = await settledApp(ctx);
  const { session, ...more } = await showAgentSession(app, { id: args.id, harness: harnessIn(flags) });
  return { agent_session: session, ...more };
}

export function render({ agent_session: session, liveness, log, by_hand }: Answer, ctx: Context): string {
  const ended = session.status === "active" ? undefined : session;
  const times = (text: string) => `${formatAgo(text, ctx.now())}, ${text}`;
  return renderFields(
    [
      ["agent session", session.id],
      [
        "agent",
        `${harnessOf(session)}${session.interactive === true ? ", at a terminal" : ""}${session.bound === true ? ", started by hand" : ""}`,
      ],
      ["conversation", session.agent_session_id ?? "not captured"],
      ["model", session.model ?? "not captured"],
      ["status", `${statusWords(session)}${liveness === null || liveness === "running" ? "" : `, ${liveness}`}`],
      ["session", session.session_id],
      ["todo", session.todo_id],
      ["workspace", session.workspace_name],
      ["folder", session.cwd],
      ["branch", session.branch ?? undefined],
      ["started", times(session.resumed_at ?? session.started_at ?? session.created_at)],
      ["ended", ended === undefined ? undefined : times(ended.completed_at)],
      ["worked", ended?.duration_seconds === undefined ? undefined : formatDuration(ended.duration_seconds * 1000)],
      ["runs", session.runs === undefined || session.runs === 1 ? undefined : String(session.runs)],
      ["exit", ended?.exit_code === undefined ? undefined : String(ended.exit_code)],
      ["signal", ended?.signal],
      ["tokens", tokensOf(session)],
      ["cost", session.cost_usd === undefined ? undefined : `$${session.cost_usd}`],
      ["rescue", ended?.rescue],
      ["log", log ?? undefined],
      ["resume", ended === undefined || by_hand === null ? undefined : `incr agent resume ${session.id}`],
      ["by hand", by_hand ?? undefined],
    ],
    ctx.style,
  );
}

function tokensOf({ tokens }: AgentSession): string | undefined {
  if (tokens === undefined) return undefined;
  const cached = tokens.cached === undefined ? "" : `, ${tokens.cached} cached`;
  return `${tokens.input} in${cached}, ${tokens.output} out`;
}
