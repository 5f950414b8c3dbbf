/** What all of it stands on: git, the file system, permissions, configuration. */
import { IncrError } from "../../domain/error.ts";
import type { LockHealth, ModeProblem } from "../../ports/house.ts";
import { listWorkflows } from "../workflow/progress.ts";
import { planImport } from "../state/plan.ts";
import { problem, type Check, type Problem, type World } from "./finding.ts";

/** The first version with `git merge-tree --write-tree`, by which squash merges are recognised. */
const OLDEST_GIT = "2.38";

/** The program git. */
export const checkGit: Check = {
  area: "git",
  needs: {},
  async examine({ house }) {
    const version = await house.gitVersion();
    if (version === null) {
      const meaning = "Nothing works without it.";
      const hint = "install git";
      return [
        problem("git", { code: "git_missing", severity: "error", message: "git cannot be started", meaning, hint }),
      ];
    }
    if (!isOlder(version, OLDEST_GIT)) return [];
    return [
      problem("git", {
        code: "git_old",
        severity: "warning",
        message: `git is ${version}; incr is made for ${OLDEST_GIT} and newer`,
        meaning: "Workspaces can fail to be made or mended, and merged work is not always recognised.",
        hint: "install a newer git",
        data: { version, oldest: OLDEST_GIT },
      }),
    ];
  },
};

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map(Number));
  const [major = 0, minor = 0] = a ?? [];
  const [wantedMajor = 0, wantedMinor = 0] = b ?? [];
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

/** Who may read what is ours. */
export const checkModes: Check = {
  area: "permissions",
  needs: {},
  examine: async ({ house }) =>
    house.listModeProblems().map((found) =>
      found.owned
        ? problem(found.path, {
            code: "permissions",
            severity: "warning",
            message: `${found.path} has the permissions ${octal(found.mode)} instead of ${octal(found.wanted)}`,
            meaning: describeMode(found),
            repair: `chmod ${octal(found.wanted)}`,
            fix: async () => {
              house.mendMode(found);
              return `chmod ${octal(found.wanted)} ${found.path}`;
            },
            data: { mode: octal(found.mode), wanted: octal(found.wanted) },
          })
        : problem(found.path, {
            code: "owner",
            severity: "warning",
            message: `${found.path} belongs to another user`,
            meaning: "Commands can fail to save what they have to. It happens when incr is run with sudo.",
            hint: `sudo chown -R "$(id -un)" ${house.stateDir}`,
          }),
    ),
};

function describeMode({ mode, wanted }: ModeProblem): string {
  if ((mode & wanted) !== wanted) return "We ourselves cannot use it as we have to.";
  return "Other users of this machine can look into it.";
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** The locks of the state and of this repository. */
export const checkLocks: Check = {
  area: "locks",
  needs: {},
  examine: async (world) =>
    (await world.house.checkLocks(commonDirOf(world))).flatMap((lock) => judgeLock(world, lock)),
};

/** A lock is held for moments; one that is held for longer is worth a word. */
const LONG_MS = 60_000;

function judgeLock({ app, house }: World, { path, state, problem: why, holder }: LockHealth): Problem[] {
  if (state === "broken") {
    return [
      problem(path, {
        code: "lock_broken",
        severity: "error",
        message: why ?? `${path} cannot be locked`,
        meaning: "Two commands could save at once, so none of them does.",
        hint: "keep it on a local disk: export INCR_STATE_DIR=<folder>",
      }),
    ];
  }
  if (holder === null) return [];
  const facts = { severity: "note" as const, data: { ...holder } };
  const who = `pid ${holder.pid} (${holder.command}) since ${holder.since}`;
  if (state === "held") {
    if (app.now().getTime() - Date.parse(holder.since) < LONG_MS) return [];
    const meaning = "Others wait for it. The kernel frees it when that process ends.";
    const message = `${path} is held by ${who}`;
    return [problem(path, { code: "lock_held", ...facts, message, meaning, hint: `ps -fp ${holder.pid}` })];
  }
  return [
    problem(path, {
      code: "lock_holder_died",
      ...facts,
      message: `${path} still names ${who}, who died and holds it no more`,
      meaning: "Nobody waits for it; the next one who locks it takes the name away.",
      repair: "takes the name away",
      fix: async () => {
        await house.clearLockHolder(path);
        return "took the name away";
      },
    }),
  ];
}

/** The configuration files: of the user, and of this repository. */
export const checkConfiguration: Check = {
  area: "configuration",
  needs: {},
  async examine({ app, house }) {
    const wrong =
      app.repository === null ? await house.examineUserConfig() : await readAll(app.repository.configuration);
    if (wrong === null) return [];
    const meaning =
      "Commands that need the configuration refuse to run, since its other half could mean something else.";
    const about = "configuration";
    return [
      problem(about, { code: "configuration", severity: "error", message: wrong, meaning, hint: "mend the file" }),
    ];
  },
};

async function readAll(read: () => Promise<unknown>): Promise<string | null> {
  try {
    await read();
    return null;
  } catch (error) {
    if (error instanceof IncrError) return error.message;
    throw error;
  }
}

/** The files of the journal and of the workflows, which lie in the repository. */
export const checkJournal: Check = {
  area: "journal and workflows",
  needs: { repository: true },
  async examine({ app }) {
    const { problem: wrong, hint } = await readJournal(app);
    const meaning = "They lie in the repository; git may have an earlier version.";
    const { damaged } = listWorkflows(app);
    return [
      ...(wrong === null
        ? []
        : [problem("journal", { code: "journal_damaged", severity: "error", message: wrong, meaning, hint })]),
      ...damaged.map(({ workflow, problem: message }) =>
        problem(workflow, {
          code: "workflow_damaged",
          severity: "error",
          message,
          meaning: `Where ${workflow} stands is not known.`,
          hint: `mend the file, or begin anew: incr workflow reset ${workflow}`,
        }),
      ),
    ];
  },
};

async function readJournal({ journal }: World["app"]): Promise<{ problem: string | null; hint: string | null }> {
  try {
    if (journal.exists()) journal.read();
    return { problem: null, hint: null };
  } catch (error) {
    if (error instanceof IncrError) return { problem: error.message, hint: error.hint ?? null };
    throw error;
  }
}

/** Files that writers left over when they died. */
export const checkLeftovers: Check = {
  area: "left-over files",
  needs: {},
  async examine(world) {
    const found = world.house.listLeftovers(commonDirOf(world));
    if (found.length === 0) return [];
    return [
      problem(found.length === 1 ? (found[0] as string) : `${found.length} files`, {
        code: "leftovers",
        severity: "note",
        message: `left over by commands that were killed: ${found.slice(0, 3).join(", ")}${found.length > 3 ? ", …" : ""}`,
        meaning: "They take room and are never read.",
        repair: "removes them",
        fix: async () => `removed ${(await world.house.sweepLeftovers(commonDirOf(world))).join(", ")}`,
        data: { paths: found },
      }),
    ];
  },
};

/** State that the program kept under its older name. */
export const checkOlderState: Check = {
  area: "state of the older name",
  needs: { state: true },
  async examine({ app, house }) {
    const path = house.olderStateFile();
    if (path === null) return [];
    const meaning = "Sessions, jobs and workspaces in it do not show.";
    const hint = `incr state import ${path}`;
    try {
      const theirs = house.readStateFile(path);
      const plan = await app.store.read(async (tx) => await planImport(tx, theirs, house));
      if (plan.changes.length === 0) return [];
      const message = `${path} holds ${plan.changes.length} records that are not known here`;
      return [problem(path, { code: "older_state", severity: "note", message, meaning, hint })];
    } catch (error) {
      if (!(error instanceof IncrError)) throw error;
      const message = `${path} is the state of an older name of this program, and cannot be read: ${error.message}`;
      return [problem(path, { code: "older_state", severity: "note", message, meaning, hint: null })];
    }
  },
};

function commonDirOf({ app }: World): string | null {
  return app.repository?.location.commonDir ?? null;
}
