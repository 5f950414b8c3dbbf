import { IncrError } from "../../../domain/error.ts";
import { findAgentSession } from "../../../usecases/agent/find.ts";
import { resumeAgent } from "../../../usecases/agent/resume.ts";
import { findRepoSlug } from "../../../usecases/repository.ts";
import type { App } from "../../../usecases/app.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { resume } from "../agent.ts";
import { tellEnd, tellStart } from "./answers.ts";
import { harnessIn } from "./harness.ts";
import { requireTerminal } from "./interface.ts";
import { limitsIn } from "./limits.ts";
import { readPrompt } from "./prompt.ts";
import { showEvents } from "./stream.ts";

export async function run(ctx: Context, { args, flags, rest }: Input<typeof resume>): Promise<void> {
  const app = await settledApp(ctx);
  const harness = harnessIn(flags);
  const { id, prompt } = await readWords(ctx, app, args, flags.tui);
  if (prompt === null) requireTerminal(ctx);
  const result = await resumeAgent(app, {
    id,
    prompt,
    ...(harness === undefined ? {} : { harness }),
    ...(flags.model === undefined ? {} : { model: flags.model }),
    ...(flags.agent === undefined ? {} : { agent: flags.agent }),
    fullAccess: flags.fullAccess,
    extra: rest,
    limits: limitsIn(flags),
    onStart: (session) => tellStart(ctx, session),
    onEvent: showEvents(ctx, { together: false }),
  });
  tellEnd(ctx, result);
}

/** One word alone is an id if it can be one, else the prompt. */
async function readWords(
  ctx: Context,
  app: App,
  words: { id?: string | undefined; prompt?: string | undefined },
  tui: boolean,
): Promise<{ id: string | undefined; prompt: string | null }> {
  const isPrompt = words.id !== undefined && words.prompt === undefined && (await isProse(app, words.id));
  const id = isPrompt ? undefined : words.id;
  const given = isPrompt ? words.id : words.prompt;
  if (!tui) {
    const command = id === undefined ? "incr agent resume" : `incr agent resume ${id}`;
    return { id, prompt: await readPrompt(ctx, given === undefined ? [] : [given], command) };
  }
  if (given === undefined) return { id, prompt: null };
  throw new IncrError("usage", "--tui takes no prompt when a conversation goes on: type it there", {
    hint: `incr agent resume ${id ?? "<id>"} --tui`,
  });
}

async function isProse(app: App, word: string): Promise<boolean> {
  if (word === "-" || /\s/.test(word)) return true;
  if (/^(?:[a-z2-7]{1,8}|ses_\w+|[0-9a-f]{8}-[0-9a-f-]+)$/i.test(word)) return false;
  const repo = (await findRepoSlug(app)) ?? "";
  return (await app.store.read(async (tx) => await findAgentSession(tx, repo, { id: word }))) === undefined;
}
