/** Which repository is whose: the records of repositories, and the mark by which one is known after it was moved. */
import { IncrError } from "../../domain/error.ts";
import type { Repo } from "../../domain/records.ts";
import type { Entry } from "../../ports/store.ts";
import { requireRepository, type App, type RepositoryApp } from "../app.ts";
import { ensureRepo } from "../repository.ts";
import { problem, type Check, type Problem, type World } from "./finding.ts";

/** The records of repositories, and of what belongs to none. */
export const checkRepositories: Check = {
  area: "repositories",
  needs: { state: true },
  async examine({ app, house }) {
    const here = readHere(app);
    const { repos, live } = await app.store.read(async (tx) => {
      const collections = ["workspaces", "sessions", "opencode_sessions", "jobs"] as const;
      const lists = await Promise.all(
        collections.map(async (name) =>
          (await tx.list(name)).map(({ key, record }) => ({ key, name, repo: record.repo, status: record.status })),
        ),
      );
      return { repos: await tx.list("repos"), live: lists.flat() };
    });
    const vanished = repos.flatMap(({ key, record: { source_path, uid } }) => {
      if (house.repositoryAt(source_path) !== null) return [];
      if (here !== null && uid === here.uid) return [movedProblem(app, key, source_path, here.root)];
      const own = live.filter(({ repo }) => repo === key);
      const active = own.filter(({ status }) => status === "active" || status === "acquired").length;
      const message = `there is no repository at ${source_path} any more${active === 0 ? "" : `; ${active} sessions and workspaces of it are in use`}`;
      return [
        problem(key, {
          code: "repository_gone",
          severity: active === 0 ? "note" : "warning",
          message,
          meaning: "It was moved, deleted, or its disk is not mounted. Its records stay.",
          hint: "if it was moved: incr -C <its new place> doctor --fix",
          data: { repo: key, source_path, active },
        }),
      ];
    });
    const known = new Set(repos.map(({ key }) => key));
    const homeless = live
      .filter(({ repo }) => !known.has(repo))
      .map(({ key, name, repo }) =>
        problem(key, {
          code: "record_without_repository",
          severity: "warning",
          message: `${name} ${key} belongs to ${repo}, which is no known repository`,
          meaning: "No command of a repository shows it.",
          hint: "it was written by another program; that one can remove it",
          data: { collection: name, key, repo },
        }),
      );
    return [...vanished, ...homeless];
  },
};

/** The repository that we stand in, by its mark. */
function readHere({ repository }: App): { root: string; uid: string } | null {
  const uid = repository === null ? null : readMark(repository);
  return repository === null || uid === null || uid === "damaged" ? null : { root: repository.location.root, uid };
}

function movedProblem(app: App, key: string, from: string, to: string): Problem {
  return problem(key, {
    code: "repository_moved",
    severity: "warning",
    message: `this repository was at ${from}`,
    meaning: "Its workspaces do not lead here yet, and whoever stands in one cannot work.",
    repair: "notes the new place, and links the workspaces to it",
    fix: async () => {
      await ensureRepo(app);
      return `linked its workspaces to ${to}`;
    },
    data: { repo: key, from, to },
  });
}

/** The random id in the git directory, and the record that has it. */
export const checkMark: Check = {
  area: "mark of the repository",
  needs: { state: true, repository: true },
  async examine(world) {
    const repository = requireRepository(world.app);
    const { location } = repository;
    const here = await world.app.store.read(async (tx) =>
      (await tx.list("repos")).filter(({ record }) => record.source_path === location.root),
    );
    const mark = readMark(repository);
    if (mark === "damaged") {
      const record = (await chooseRecord(world, here)) ?? here[0];
      return [markProblem(world, "mark_damaged", "cannot be read", record)];
    }
    if (here.some(({ record }) => record.uid === mark)) {
      const other = await chooseRecord(
        world,
        here.filter(({ record }) => record.uid !== mark && record.uid !== undefined),
      );
      return other === undefined ? [] : [await doubleProblem(world, mark as string, here, other)];
    }
    const lost = await chooseRecord(
      world,
      here.filter(({ record }) => record.uid !== undefined),
    );
    if (lost === undefined) return [];
    return [markProblem(world, "mark_lost", mark === null ? "is gone" : "is another one than before", lost)];
  },
};

function readMark({ location }: RepositoryApp): string | null | "damaged" {
  try {
    return location.readUid();
  } catch (error) {
    if (error instanceof IncrError && error.code === "corrupt") return "damaged";
    throw error;
  }
}

/** The record whose workspaces are worktrees of this very repository: the path alone could be that of a newer one in the same place. */
async function chooseRecord({ app, house }: World, candidates: Entry<"repos">[]): Promise<Entry<"repos"> | undefined> {
  const { location } = requireRepository(app);
  for (const candidate of candidates) {
    const workspaces = await app.store.read(async (tx) => await tx.list("workspaces", { repo: candidate.key }));
    if (workspaces.some(({ record }) => house.sight(record.path).worktreeOf?.commonDir === location.commonDir))
      return candidate;
  }
  return undefined;
}

function markProblem(
  { app }: World,
  code: string,
  what: string,
  record: { key: string; record: Repo } | undefined,
): Problem {
  const { location } = requireRepository(app);
  return problem(location.commonDir, {
    code,
    severity: "error",
    message: `the mark ${location.commonDir}/incr/id ${what}${record === undefined ? "" : `; this repository is ${record.key}`}`,
    meaning: "By it the repository is known again after it was moved. Without the right one its sessions do not show.",
    repair: record === undefined ? "writes a new one" : "writes the one that its record has",
    fix: async () => {
      const uid = record?.record.uid ?? app.randomText(16);
      location.writeUid(uid);
      return `wrote the mark ${uid}${record === undefined ? "" : `, of ${record.key}`}`;
    },
    data: { repo: record?.key ?? null },
  });
}

/** The mark was lost for a while, and a command made a second record meanwhile. */
async function doubleProblem(
  { app }: World,
  mark: string,
  here: Entry<"repos">[],
  other: Entry<"repos">,
): Promise<Problem> {
  const { location } = requireRepository(app);
  const current = here.find(({ record }) => record.uid === mark)?.key ?? "";
  const isEmpty = await app.store.read(
    async (tx) =>
      (await tx.list("workspaces", { repo: current })).length +
        (await tx.list("sessions", { repo: current })).length ===
      0,
  );
  const uid = other.record.uid as string;
  return problem(location.commonDir, {
    code: "repository_twice",
    severity: "error",
    message: `this repository has two records, ${current} and ${other.key}; the workspaces of ${other.key} are its own`,
    meaning: `The sessions and workspaces of ${other.key} do not show.`,
    ...(isEmpty
      ? {
          repair: `goes back to ${other.key}; nothing is in use under ${current}`,
          fix: async () => {
            location.writeUid(uid);
            await app.store.transact(async (tx) => await tx.remove("repos", current));
            return `this repository is ${other.key} again`;
          },
        }
      : { hint: `end what is active under ${current}, and destroy its workspaces; then run this again with --fix` }),
    data: { repo: current, other: other.key },
  });
}
