import { findLastConversation } from "../../../usecases/agent/find.ts";
import { resumeSession } from "../../../usecases/session/resume.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { raw, type RawText } from "../../output.ts";
import { settledApp } from "../../settled-app.ts";
import type { resume } from "../session.ts";
import { enterSession, startAnswer, type StartAnswer } from "./answers.ts";

export const answer = startAnswer;

export async function run(ctx: Context, { args }: Input<typeof resume>): Promise<StartAnswer> {
  const app = await settledApp(ctx);
  const resumed = await resumeSession(app, args.id);
  const { session, workspace, rescue, movedFrom } = resumed;
  const files = rescue === null ? "" : `, with the files of rescue ${rescue.name}`;
  const moved = movedFrom === null ? "" : ` (${movedFrom}, where it was before, is not free)`;
  ctx.notify({
    code: "session_resumed",
    message: `session ${session.id}: ${session.todo_id} is back in ${workspace.name}${moved} on ${session.branch}${files}`,
    data: { session_id: session.id, todo_id: session.todo_id, workspace: workspace.name, moved_from: movedFrom },
  });
  const agent = await findLastConversation(app, session.repo, session.id);
  if (agent !== null) {
    ctx.notify({
      code: "conversation_there",
      message: `the agent's conversation ${agent.id} goes on there with \`incr agent resume\``,
      data: { agent_session_id: agent.id, harness: agent.harness ?? null },
    });
  }
  return enterSession(ctx, resumed, session, rescue?.name ?? null);
}

export function render({ path }: StartAnswer): RawText {
  return raw(`${path}\n`);
}
