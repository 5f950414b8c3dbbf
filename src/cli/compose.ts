/** The composition root: picks the adapters and hands them to the use-cases. */
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { openTrustFile } from "../config/trust-file.ts";
import { createRepositoryPort } from "../git/mark.ts";
import { findLostRepository, findRepository, type RepositoryLocation } from "../git/repository.ts";
import { fault } from "../process/fault.ts";
import { createProcesses } from "../process/processes.ts";
import { idFor } from "../store/ids.ts";
import { createJsonStore } from "../store/json-store.ts";
import { withLock, type LockOptions } from "../store/lock.ts";
import type { App, RepositoryApp } from "../usecases/app.ts";
import { LEASE_VARIABLES } from "../usecases/lease.ts";
import type { Context } from "./context.ts";
import { configFolder, dataFolder, stateFolder } from "./folders.ts";
import { lazyPort } from "./lazy-port.ts";
import { personName, utcOffset, whoIs } from "./who.ts";
import { closest } from "./suggest.ts";

/** The use-cases' world for one command. What is dead in this repository is settled by `settledApp`, not here. */
export async function createApp(ctx: Context): Promise<App> {
  const stateDir = stateFolder(ctx.env);
  const cwd = realpathSync.native(ctx.cwd);
  const holder = ["incr", ...process.argv.slice(2)].join(" ");
  const lock: LockOptions = { holder, notify: ctx.notify };
  const location = findRepository(cwd);
  const processes = createProcesses();
  const workspacesDir = join(realFolder(dataFolder(ctx.env)), "workspaces");
  let agents: ReturnType<App["agents"]> | undefined;
  let jobs: ReturnType<App["jobs"]> | undefined;
  return {
    now: ctx.now,
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    randomText,
    hashId: idFor,
    notify: ctx.notify,
    step: fault,
    utcOffset,
    caller: {
      cwd,
      leaseId: ctx.env["INCR_LEASE_ID"] || null,
      get lost() {
        return location === null ? findLostRepository(cwd) : undefined;
      },
      // The system's list of users is only asked by those who need a name.
      get person() {
        return personName(ctx.env);
      },
      get who() {
        return whoIs(ctx.env);
      },
    },
    store: createJsonStore({ dir: stateDir, notify: ctx.notify, holder, now: ctx.now, systemTime: Date.now }),
    processes,
    runner: lazyPort(async () =>
      (await import("../process/runner.ts")).createRunner({
        env: await childEnvironment(ctx),
        descendants: (pid) => processes.descendants(pid).map((one) => one.pid),
        terminal: () => ctx.stdin.isTTY,
        ...(ctx.json ? { onHookLine: (line: string) => ctx.notify({ code: "hook_output", message: line }) } : {}),
      }),
    ),
    agents: () =>
      (agents ??= import("../agents/agents.ts").then(async ({ createAgents }) =>
        createAgents({ env: await childEnvironment(ctx), stateDir, now: ctx.now }),
      )),
    jobs: () =>
      (jobs ??= import("../jobs/jobs.ts").then(async ({ createJobs }) =>
        createJobs({ env: await childEnvironment(ctx), stateDir }),
      )),
    trust: openTrustFile(stateDir, lock),
    workspacesDir,
    house: async () =>
      (await import("./compose-house.ts")).composeHouse(ctx, { stateDir, workspacesDir, lock, env: ctx.env }),
    repository: location === null ? null : composeRepository(ctx, location, lock),
  };
}

function composeRepository(ctx: Context, location: RepositoryLocation, lock: LockOptions): RepositoryApp {
  const git = async () => (await import("../git/git.ts")).createGit(location.commonDir, ctx.env);
  let configuration: ReturnType<RepositoryApp["configuration"]> | undefined;
  const readConfiguration = () =>
    (configuration ??= import("../config/load.ts").then(
      async ({ loadConfiguration }) =>
        await loadConfiguration({
          userFile: join(configFolder(ctx.env), "config.toml"),
          checkout: location.bare ? null : location.root,
          notify: ctx.warn,
          closest,
        }),
    ));
  let templates: ReturnType<RepositoryApp["templates"]> | undefined;
  const readTemplates = () =>
    (templates ??= import("../config/templates.ts").then(({ loadTemplates }) =>
      loadTemplates({
        userFolder: join(configFolder(ctx.env), "templates"),
        checkout: location.bare ? null : location.root,
        notify: ctx.warn,
        closest,
      }),
    ));
  // Files in a repository belong to whoever may use the repository.
  const shared: LockOptions = { ...lock, mode: 0o666, folderMode: 0o777, sharedLike: location.commonDir };
  return {
    location: createRepositoryPort(location, () => randomText(8)),
    worktrees: lazyPort(async () =>
      (await import("../git/worktrees.ts")).createWorktrees({
        git: await git(),
        location,
        withLock: (path, work) => withLock(path, shared, work),
      }),
    ),
    jobCommits: lazyPort(async () =>
      (await import("../git/job-commits.ts")).createJobCommits({
        git: await git(),
        commonDir: location.commonDir,
        mainRoot: location.root,
        workstreams: existsSync(join(location.root, "work", "index.json")),
      }),
    ),
    todos: lazyPort(async () =>
      (await import("../todos/todos.ts")).createTodos({
        git: await git(),
        commonDir: location.commonDir,
        holder: lock.holder,
        notify: ctx.notify,
      }),
    ),
    configuration: readConfiguration,
    config: async () => (await readConfiguration()).config,
    templates: readTemplates,
  };
}

/** Ours, without what git sets inside hooks and without a lease: the children that get one are told so. */
async function childEnvironment(ctx: Context): Promise<NodeJS.ProcessEnv> {
  const env = (await import("../git/git.ts")).withoutGitLocals(ctx.env);
  for (const name of LEASE_VARIABLES) delete env[name];
  return env;
}

/** `n` random characters of `a-z2-7`. What only some commands need of node is loaded by those. */
function randomText(n: number): string {
  return [...process.getBuiltinModule("node:crypto").randomBytes(n)]
    .map((byte) => "abcdefghijklmnopqrstuvwxyz234567"[byte & 31])
    .join("");
}

/** With symbolic links resolved as far as it exists, as git names the worktrees in it. */
function realFolder(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realFolder(parent), basename(path));
  }
}
