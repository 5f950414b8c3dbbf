/** `work fix` on a terminal: the table, the thread, what its state allows, and whether to go ahead. */
import { IncrError } from "../../../domain/error.ts";
import type { FixAction } from "../../../domain/stream/fix.ts";
import { describeConflict } from "../../../domain/stream/merge.ts";
import { listAgents } from "../../../usecases/stream/agents.ts";
import { requireFixable, type FixableThread, type FixOverview } from "../../../usecases/stream/fix.ts";
import type { ThreadApp } from "../../../usecases/stream/stream-branch.ts";
import type { OpenStream } from "../../../usecases/stream/streams.ts";
import { formatAgo } from "../../age.ts";
import type { Context } from "../../context.ts";
import { askText, confirm, select } from "../../prompt.ts";
import { PLAIN } from "../../style.ts";
import { renderTable } from "../../table.ts";
import type { Wish } from "./fix-wish.ts";

/** @throws IncrError `cancelled`, and `rule` where nothing can be done about the thread */
export async function askForFix(
  ctx: Context,
  app: ThreadApp,
  stream: OpenStream,
  overview: FixOverview,
  wish: Wish,
): Promise<Wish> {
  if (wish.action === "new_stage") return { ...wish, name: await askForName(ctx) };
  if (wish.thread === undefined) showThreads(ctx, overview);
  const chosen = wish.thread ?? (await chooseThread(ctx, overview, wish.action !== undefined));
  if (chosen === NEW_STAGE) return { action: "new_stage", name: await askForName(ctx) };
  if (chosen.startsWith(MERGE)) return { action: "merge", thread: chosen.slice(MERGE.length) };
  const thread = await requireFixable(app, stream, chosen);
  showRuns(ctx, thread);
  const action = wish.action ?? (await chooseAction(ctx, thread));
  if (action === "new_stage") return { action, name: await askForName(ctx) };
  const agent = action === "agent" ? (wish.agent ?? (await chooseAgent(ctx, app, thread))) : undefined;
  const message = question(thread, action as FixAction, agent);
  if (!(await confirm(ctx, { message, flag: FLAGS, initial: true })))
    throw new IncrError("cancelled", "not confirmed, nothing was changed");
  return { action, thread: chosen, ...(agent === undefined ? {} : { agent }) };
}

const NEW_STAGE = "new stage";
const MERGE = "merge ";
const FLAGS = "--thread <id> --resume | --retry | --agent <name>";

/** The threads that were started, for whoever has to choose among them. */
export function showThreads(ctx: Context, { threads, conflicts }: Pick<FixOverview, "threads" | "conflicts">): void {
  const table =
    threads.length === 0
      ? []
      : renderTable(
          threads,
          [
            { header: "Thread", value: ({ id }) => id },
            { header: "Status", value: ({ status }) => status },
            { header: "Sessions", value: ({ sessions }) => String(sessions) },
            { header: "Last Agent", value: ({ agent }) => agent },
            { header: "Last Run", value: ({ at }) => (at === null ? null : formatAgo(at, ctx.now())) },
            { header: "Name", value: ({ name }) => name, flexible: true },
          ],
          { width: ctx.stderr.width, style: PLAIN },
        ).split("\n");
  const merges = conflicts.map(({ batch, conflict }) => `batch ${batch} is not merged: ${describeConflict(conflict)}`);
  for (const message of [...table, ...merges]) ctx.notify({ code: "thread", message });
}

/** What was tried so far. */
function showRuns(ctx: Context, { history }: FixableThread): void {
  const table = renderTable(
    history,
    [
      { header: "Run", value: ({ startedAt }) => formatAgo(startedAt, ctx.now()) },
      { header: "Status", value: ({ status }) => status },
      { header: "Exit", value: ({ exitCode }) => exitCode?.toString(), align: "right" },
      { header: "Agent", value: ({ agentName }) => agentName },
      { header: "Model", value: ({ model }) => model },
      { header: "Session", value: ({ sessionId }) => sessionId ?? "not captured", flexible: true },
    ],
    { width: ctx.stderr.width, style: PLAIN },
  );
  for (const message of table.split("\n")) ctx.notify({ code: "run", message });
}

async function chooseThread(ctx: Context, { broken, conflicts }: FixOverview, isRun: boolean): Promise<string> {
  const threads = broken.map(({ id, name, status }) => ({ value: id, label: `${id}  ${name}`, hint: status }));
  const others = [
    ...conflicts.map(({ batch, conflict }) => ({
      value: `${MERGE}${conflict.thread}`,
      label: `the merge of batch ${batch}`,
      hint: "open it in a workspace",
    })),
    { value: NEW_STAGE, label: "none of them", hint: "add a stage to the plan instead" },
  ];
  return await select(ctx, {
    message: "Which thread?",
    flag: "--thread <id>",
    options: isRun ? threads : [...threads, ...others],
  });
}

const CHOICES: Readonly<Record<FixAction, { label: string; hint: string }>> = {
  resume: { label: "Resume", hint: "go on in the same conversation" },
  retry: { label: "Retry", hint: "begin again with the same agent" },
  agent: { label: "Change agent", hint: "begin again with another one" },
};

async function chooseAction(ctx: Context, { id, actions, note }: FixableThread): Promise<FixAction | "new_stage"> {
  if (note !== null) ctx.notify({ code: "thread", message: `thread ${id}: ${note}` });
  const options = actions.map((action) => ({ value: action as FixAction | "new_stage", ...CHOICES[action] }));
  return await select(ctx, {
    message: "What is to be done?",
    flag: FLAGS,
    options: [...options, { value: "new_stage", label: "New stage", hint: "leave it, and add a stage to the plan" }],
  });
}

async function chooseAgent(ctx: Context, app: ThreadApp, { agent: last }: FixableThread): Promise<string> {
  const agents = (await listAgents(app)).filter(({ name }) => name !== last);
  if (agents.length === 0) {
    throw new IncrError("not_found", "work/agents.yaml names no other agent", {
      hint: "work agents add <name> --model provider/model",
    });
  }
  const options = agents.map(({ name, best_for: best, description }) => {
    const hint = best ?? description;
    return { value: name, label: name, ...(hint === null ? {} : { hint }) };
  });
  return await select(ctx, { message: "Which agent?", flag: "--agent <name>", options });
}

async function askForName(ctx: Context): Promise<string> {
  const validate = (text: string) => (text.trim() === "" ? "a stage needs a name" : undefined);
  return await askText(ctx, {
    message: "What is the new stage called?",
    flag: "--name <name>",
    initial: "Fixes",
    validate,
  });
}

function question({ id, name, agent: last, conversation }: FixableThread, action: FixAction, agent?: string): string {
  const thread = `thread ${id} (${name})`;
  const who = last === null ? "" : ` with ${last}`;
  if (action === "resume") return `Resume ${thread}${who} in conversation ${conversation ?? ""}?`;
  const kept = "what it did so far is kept as a rescue";
  return action === "retry"
    ? `Begin ${thread} again${who}? (${kept})`
    : `Begin ${thread} again with ${agent}? (${kept})`;
}
