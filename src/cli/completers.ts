/** Ids for completion, read straight from the ports: no settling, no lock, nothing written. */
import type { HistoryCollection, RecordOf } from "../domain/records.ts";
import { findRepoSlug } from "../usecases/repository.ts";
import { listWorkflows } from "../usecases/workflow/progress.ts";
import type { App, WholeApp } from "../usecases/app.ts";
import type { CompletionKind } from "./command.ts";
import type { Candidate, Completer, Typed } from "./completion.ts";
import type { Context } from "./context.ts";
import { wholeApp } from "./whole-app.ts";

type Finder = (app: WholeApp) => Promise<Candidate[]>;

/** Finished records are offered as long as they are likely to be meant. */
const RECENT_MS = 7 * 24 * 3_600_000;

/** Candidates of the repository that the command line stands in; outside of one only what needs none. */
export const completeIds: Completer = async (kind, ctx, typed) => {
  const find = FINDERS[kind];
  if (find === undefined) return (await import("./stream-completers.ts")).completeStreamParts(kind, ctx, typed);
  const app = wholeApp(ctx, await ctx.app());
  const found = app.repository === null && !ANYWHERE.has(kind) ? [] : await find(app);
  return kind === "waitable" && /^\d/.test(typed.current) ? [...found, ...(await completeParts(ctx, typed))] : found;
};

/** Workstreams and threads of the current one, for those who have begun to type one. */
async function completeParts(ctx: Context, typed: Typed): Promise<Candidate[]> {
  const { completeStreamParts } = await import("./stream-completers.ts");
  const kinds = ["stream", "thread"] as const;
  // Without a workstream there are still the others.
  return (await Promise.all(kinds.map((kind) => completeStreamParts(kind, ctx, typed).catch(() => [])))).flat();
}

/** What there is without a repository too. */
const ANYWHERE: ReadonlySet<CompletionKind> = new Set(["journal_session", "workflow"]);

const FINDERS: Partial<Record<CompletionKind, Finder>> = {
  async todo(app) {
    const snapshot = await app.repository?.todos.load();
    return [...(snapshot?.todos.values() ?? [])]
      .filter(({ status }) => status !== "tombstone")
      .toSorted((a, b) => Number(isOver(a.status)) - Number(isOver(b.status)) || a.priority - b.priority)
      .map(({ id, title, status }) => ({ value: id, description: isOver(status) ? `${title} (${status})` : title }));
  },
  session: (app) => recent(app, "sessions", (record) => `${record.status}, todo ${record.todo_id}`),
  agent_session: (app) =>
    recent(app, "opencode_sessions", ({ status, title }) => (title === undefined ? status : `${status}, ${title}`)),
  job: (app) => recent(app, "jobs", (record) => `${record.status}, todo ${record.todo_id}`),
  async waitable(app) {
    const found = await Promise.all([FINDERS.session?.(app), FINDERS.agent_session?.(app), FINDERS.job?.(app)]);
    return found.flatMap((candidates) => candidates ?? []);
  },
  async workspace(app) {
    const repo = await findRepoSlug(app);
    if (repo === null) return [];
    const entries = await app.store.read((tx) => tx.list("workspaces", { repo }));
    return entries.map(({ record }) => ({ value: record.name, description: record.purpose ?? record.status }));
  },
  async journal_session({ journal }) {
    const running = journal.read().state.current_session;
    const ids = [...(running === null ? [] : [running.id]), ...journal.listReportIds()];
    return ids.map((id) => ({ value: id, description: id === running?.id ? "running" : "over" }));
  },
  async workflow(app) {
    const { workflows } = listWorkflows(app);
    return workflows.map(({ workflow, step }) => ({ value: workflow, description: step }));
  },
  async rescue(app) {
    const rescues = (await app.repository?.worktrees.listRescues()) ?? [];
    return rescues.map(({ name, reason }) => ({ value: name, description: reason }));
  },
};

/** Live records, and those that ended lately. */
async function recent<C extends HistoryCollection>(
  app: App,
  collection: C,
  describe: (record: RecordOf<C>) => string,
): Promise<Candidate[]> {
  const repo = await findRepoSlug(app);
  if (repo === null) return [];
  const finishedSince = new Date(app.now().getTime() - RECENT_MS).toISOString();
  const entries = await app.store.read((tx) => tx.list(collection, { repo, finishedSince }));
  return entries.map(({ record }) => ({ value: record.id, description: describe(record) }));
}

function isOver(status: string): boolean {
  return status === "done" || status === "closed";
}
