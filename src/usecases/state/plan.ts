/** What the records of another state file add to ours. Existing records win; nothing is changed here. */
import { isLive, recordKey, type CollectionName, type RecordOf, type State } from "../../domain/records.ts";
import { freeSlug, sanitizeRepoName } from "../../domain/slug.ts";
import { nextWorkspaceName } from "../../domain/workspace.ts";
import type { House } from "../../ports/house.ts";
import type { ReadTx } from "../../ports/store.ts";

export interface ImportCounts {
  added: number;
  /** Of these, records that are finished: they go to history. */
  finished: number;
  /** Known already, and left as they are. */
  existing: number;
  skipped: number;
}

export interface ImportPlan {
  repositories: {
    /** The slug in the file. */
    from: string;
    /** Ours, the same unless it was taken by another repository. */
    repo: string;
    source_path: string;
    added: boolean;
  }[];
  changes: { collection: CollectionName; key: string; record: RecordOf<CollectionName> }[];
  counts: Record<Exclude<CollectionName, "repos">, ImportCounts>;
  /** Records that cannot be taken over, with the reason. */
  skipped: { collection: CollectionName; key: string; why: string }[];
}

type Places = Pick<House, "sourcePath" | "isThere">;

/** Repositories are matched by their mark, else by their place; the keys of their records follow. */
export async function planImport(tx: ReadTx, theirs: State, places: Places): Promise<ImportPlan> {
  const none = (): ImportCounts => ({ added: 0, finished: 0, existing: 0, skipped: 0 });
  const plan: ImportPlan = {
    repositories: [],
    changes: [],
    counts: { workspaces: none(), sessions: none(), opencode_sessions: none(), jobs: none() },
    skipped: [],
  };
  const slugs = await matchRepositories(tx, theirs, places, plan);
  const names = await planWorkspaces(tx, theirs, places, plan, slugs);
  for (const collection of ["sessions", "opencode_sessions", "jobs"] as const) {
    await planAttempts(tx, theirs, collection, plan, slugs, names);
  }
  return plan;
}

async function matchRepositories(
  tx: ReadTx,
  theirs: State,
  places: Places,
  plan: ImportPlan,
): Promise<Map<string, string>> {
  const ours = await tx.list("repos");
  const byPlace = new Map(ours.map(({ key, record }) => [places.sourcePath(record.source_path), key]));
  for (const { key, record } of ours) byPlace.set(record.source_path, key);
  const taken = new Set(ours.map(({ key }) => key));
  const slugs = new Map<string, string>();
  for (const [from, record] of Object.entries(theirs.repos)) {
    const source_path = places.sourcePath(record.source_path);
    const marked = ours.find((one) => record.uid !== undefined && one.record.uid === record.uid)?.key;
    const known = marked ?? byPlace.get(source_path);
    const repo = known ?? (taken.has(from) ? freeSlug(sanitizeRepoName(source_path), (slug) => taken.has(slug)) : from);
    slugs.set(from, repo);
    plan.repositories.push({ from, repo, source_path, added: known === undefined });
    if (known !== undefined) continue;
    taken.add(repo);
    byPlace.set(source_path, repo);
    plan.changes.push({ collection: "repos", key: repo, record: { ...record, source_path } });
  }
  return slugs;
}

/** Returns the names that workspaces get, by their key in the file. */
async function planWorkspaces(
  tx: ReadTx,
  theirs: State,
  places: Places,
  plan: ImportPlan,
  slugs: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const ours = (await tx.list("workspaces")).map(({ record }) => record);
  const byPath = new Map(ours.map((one) => [one.path, one]));
  const taken = new Set(ours.map((one) => recordKey(one.repo, one.name)));
  const names = new Map<string, string>();
  for (const [key, record] of Object.entries(theirs.workspaces)) {
    const repo = slugs.get(record.repo);
    const known = byPath.get(record.path);
    if (known !== undefined) {
      plan.counts.workspaces.existing += 1;
      names.set(key, known.name);
    } else if (repo === undefined) {
      skip(plan, "workspaces", key, `the file does not say where its repository ${record.repo} is`);
    } else if (record.status === "available" && !places.isThere(record.path)) {
      skip(plan, "workspaces", key, `nobody holds it, and its folder is gone: ${record.path}`);
    } else {
      const own = [...taken].filter((one) => one.startsWith(`${repo}/`)).map((one) => one.slice(repo.length + 1));
      const name = own.includes(record.name) ? nextWorkspaceName(own) : record.name;
      names.set(key, name);
      taken.add(recordKey(repo, name));
      add(plan, "workspaces", recordKey(repo, name), { ...record, repo, name });
    }
  }
  return names;
}

async function planAttempts<C extends "sessions" | "opencode_sessions" | "jobs">(
  tx: ReadTx,
  theirs: State,
  collection: C,
  plan: ImportPlan,
  slugs: ReadonlyMap<string, string>,
  names: ReadonlyMap<string, string>,
): Promise<void> {
  // One list of what is known, since looking each up in history would read it as often.
  const known = new Set<string>();
  for (const repo of new Set(slugs.values())) {
    for (const { key } of await tx.list(collection, { repo, finishedSince: "ever" })) known.add(key);
  }
  const held = await listHeldTodos(tx, new Set(slugs.values()));
  for (const [from, record] of Object.entries(theirs[collection]) as [string, RecordOf<C>][]) {
    const repo = slugs.get(record.repo);
    if (repo === undefined) {
      skip(plan, collection, from, `the file does not say where its repository ${record.repo} is`);
      continue;
    }
    const key = recordKey(repo, record.id);
    if (known.has(key)) {
      plan.counts[collection].existing += 1;
      continue;
    }
    known.add(key);
    // An agent session works on a todo within a session or a job, which is what holds it.
    const todo = collection === "opencode_sessions" ? undefined : todoKey(repo, record);
    const holder = todo === undefined ? undefined : held.get(todo);
    if (isLive(collection, record) && holder !== undefined) {
      skip(plan, collection, from, `it is active, and its todo is held by ${holder}`);
      continue;
    }
    if (isLive(collection, record) && todo !== undefined) held.set(todo, `${record.id} of the same file`);
    const moved: Record<string, unknown> = { ...record, repo };
    if ("workspace_name" in record && record.workspace_name !== undefined) {
      moved["workspace_name"] = names.get(recordKey(record.repo, record.workspace_name)) ?? record.workspace_name;
    }
    add(plan, collection, key, moved as RecordOf<C>);
  }
}

function todoKey(repo: string, record: object): string | undefined {
  return "todo_id" in record && typeof record.todo_id === "string" ? recordKey(repo, record.todo_id) : undefined;
}

async function listHeldTodos(tx: ReadTx, repos: ReadonlySet<string>): Promise<Map<string, string>> {
  const held = new Map<string, string>();
  for (const collection of ["sessions", "jobs"] as const) {
    for (const { record } of await tx.list(collection)) {
      const noun = collection === "jobs" ? "job" : "session";
      if (repos.has(record.repo)) held.set(recordKey(record.repo, record.todo_id), `${noun} ${record.id}`);
    }
  }
  return held;
}

function add<C extends Exclude<CollectionName, "repos">>(
  plan: ImportPlan,
  collection: C,
  key: string,
  record: RecordOf<C>,
): void {
  plan.changes.push({ collection, key, record });
  plan.counts[collection].added += 1;
  if (!isLive(collection, record)) plan.counts[collection].finished += 1;
}

function skip(plan: ImportPlan, collection: Exclude<CollectionName, "repos">, key: string, why: string): void {
  plan.skipped.push({ collection, key, why });
  plan.counts[collection].skipped += 1;
}
