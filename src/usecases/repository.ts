/** The repository's record: its slug, found again when the repository was moved. */
import { count } from "../domain/count.ts";
import type { Repo } from "../domain/records.ts";
import { matchRepo, type RepoMatch } from "../domain/repo.ts";
import { sanitizeRepoName } from "../domain/slug.ts";
import type { Entry, ReadTx } from "../ports/store.ts";
import { requireRepository, type App, type RepositoryApp } from "./app.ts";

/** The slug under which this repository's records are kept, or null while there are none. Reads only. */
export async function findRepoSlug(app: App): Promise<string | null> {
  const repository = requireRepository(app);
  return await app.store.read(async (tx) => {
    const { match } = await lookUp(tx, repository);
    return match.kind === "new" ? null : match.slug;
  });
}

/** The slug, after making or mending the record: to be called by whatever writes. */
export async function ensureRepo(app: App): Promise<string> {
  const repository = requireRepository(app);
  const seen = await app.store.read(async (tx) => await lookUp(tx, repository));
  if (seen.match.kind === "known" && seen.record?.uid !== undefined) return seen.match.slug;

  // One at a time: of two first commands at once, the second has to find the mark and the record of the first.
  return await repository.worktrees.lock(async () => await record(app, repository));
}

/** Makes or mends mark and record. The mark comes first: without it a crash would leave a record that a moved repository could not find. */
async function record(app: App, repository: RepositoryApp): Promise<string> {
  const { location } = repository;
  const before = await app.store.read(async (tx) => (await lookUp(tx, repository)).match);
  // The links before the record: once it says where the repository is, nobody looks at them again.
  if (before.kind === "moved") {
    await repairMoved(app, repository, before.slug, before.from);
    // What is noted beside the mark may be about the old place.
    location.writeUid(location.readUid() ?? app.randomText(16));
  }
  if (location.readUid() === null || (before.kind === "new" && before.copied)) location.writeUid(app.randomText(16));
  await app.step("repository:marked");
  return await app.store.transact(async (tx) => {
    const { match, repos, record: known } = await lookUp(tx, repository);
    const key = match.kind === "new" ? freeSlug(repos, location.root) : match.slug;
    await tx.put("repos", key, { ...known, source_path: location.root, uid: location.readUid() ?? undefined });
    return key;
  });
}

async function repairMoved(app: App, repository: RepositoryApp, slug: string, from: string): Promise<void> {
  const workspaces = await app.store.read(async (tx) => await tx.list("workspaces", { repo: slug }));
  const paths = workspaces.map(({ record }) => record.path);
  if (paths.length > 0) await repository.worktrees.repair(paths);
  app.notify({
    code: "repository_moved",
    message: `this repository was at ${from}; its sessions and ${count(paths.length, "workspace")} are linked to the new place`,
    data: { from, to: repository.location.root, workspaces: paths },
  });
}

async function lookUp(
  tx: ReadTx,
  { location }: RepositoryApp,
): Promise<{ match: RepoMatch; repos: Entry<"repos">[]; record: Repo | undefined }> {
  const repos = await tx.list("repos");
  const match = matchRepo(repos, { root: location.root, uid: location.readUid() }, location.readUidAt);
  const record = match.kind === "new" ? undefined : repos.find(({ key }) => key === match.slug)?.record;
  return { match, repos, record };
}

function freeSlug(repos: Entry<"repos">[], root: string): string {
  const taken = new Set(repos.map(({ key }) => key));
  const stem = sanitizeRepoName(root);
  if (!taken.has(stem)) return stem;
  for (let number = 2; ; number++) {
    const slug = `${stem}-${number}`;
    if (!taken.has(slug)) return slug;
  }
}
