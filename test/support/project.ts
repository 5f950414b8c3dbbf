/**
 * A repository in which sessions are run: makes todos, starts attempts, and reads what incr wrote down about them, all of it inside the test. `term` is for what
 * the test is about.
 */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { askInside } from "./inside.ts";
import type { Finished } from "./process.ts";
import { makeRepo, type RepoOptions, type TestRepo } from "./repo.ts";
import { openTerminal, type Terminal } from "./terminal.ts";
import { waitFor } from "./wait.ts";

export interface Attempt {
  /** Of the session. */
  id: string;
  todo: string;
  branch: string;
  /** Absolute path of the workspace. */
  path: string;
  workspace: string;
  leaseId: string;
  /** A terminal that stands in the workspace, without the lease's variables. */
  term: Terminal;
}

export interface Project extends TestRepo {
  term: Terminal;
  /** Makes a todo and returns its id. */
  todo(title?: string): Promise<string>;
  /** `session start` of a todo, or of a new one. */
  start(todo?: string, flags?: string): Promise<Attempt>;
  /** What is in `state.json`. */
  state(): any;
  /** Workspaces by name, as they are in the state. */
  workspaces(): Record<string, any>;
  workspace(name?: string): any;
  /** Every session, finished ones too, newest first. */
  sessions(): Promise<any[]>;
  session(id: string): Promise<any>;
  todoStatus(id: string): Promise<string>;
  /** Rescues with `--all`, newest first. */
  rescues(): Promise<any[]>;
  /** Names of the branches under `incr/`. */
  branches(): Promise<string[]>;
  /** All refs, and worktrees as git lists them: what must not change when something is refused. */
  gitFacts(): Promise<string>;
}

export async function openProject(options: RepoOptions = {}): Promise<Project> {
  return projectOn(await makeRepo(options));
}

export function projectOn(repo: TestRepo): Project {
  const term = openTerminal(repo);
  const state = () => JSON.parse(readFileSync(join(repo.stateDir, "state.json"), "utf8"));
  const workspaces = () => {
    if (!existsSync(join(repo.stateDir, "state.json"))) return {};
    const found = Object.values<any>(state().workspaces).map((one) => [one.name, one] as const);
    return Object.fromEntries(found);
  };
  const ask = async (...words: string[]) => await askInside(words, term);
  const todo: Project["todo"] = async (title = "Fix the login") => (await ask("todo", "create", title)).todo.id;
  return {
    ...repo,
    term,
    todo,
    async start(id, flags = "") {
      const wanted = id ?? (await todo());
      const words = (flags.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ""));
      const answer = await ask("session", "start", wanted, ...words);
      return {
        id: answer.session.id,
        todo: answer.session.todo_id,
        branch: answer.branch,
        path: answer.path,
        workspace: answer.workspace,
        leaseId: answer.session.lease_id,
        term: term.in(answer.path),
      };
    },
    state,
    workspaces,
    workspace: (name = "ws-001") => workspaces()[name],
    sessions: async () => (await ask("session", "list", "--all")).sessions,
    session: async (id) => (await ask("session", "show", id)).session,
    todoStatus: async (id) => (await ask("todo", "show", id)).todo.status,
    rescues: async () => (await ask("rescue", "list", "--all")).rescues,
    branches: async () =>
      (await repo.git(["for-each-ref", "--format=%(refname:short)", "refs/heads/incr/"]))
        .split("\n")
        .filter((name) => name !== ""),
    gitFacts: async () => `${await repo.git(["for-each-ref"])}\n${await repo.git(["worktree", "list", "--porcelain"])}`,
  };
}

/**
 * Runs a command until one has settled what died, and gives what that one showed. On a machine where processes come and go faster than they can be looked at,
 * a command may leave it to the next.
 */
export async function untilSettled(project: Project, line = "incr session list"): Promise<Finished> {
  return await waitFor("what died to be settled", async () => {
    const result = await project.term.run(line);
    return result.stderr === "" ? undefined : result;
  });
}

/** Everything that a resumed attempt has to bring back, as text that shows well in a diff. */
export async function describeWorktree(repo: TestRepo, path: string): Promise<string> {
  const git = (...args: string[]) => repo.git(args, { cwd: path });
  const gitDir = await git("rev-parse", "--absolute-git-dir");
  const unfinished = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge/done", "rebase-merge/head-name"]
    .filter((name) => existsSync(join(gitDir, name)))
    .map((name) => `${name}: ${readFileSync(join(gitDir, name), "utf8").trim()}`);
  return [
    `HEAD ${readFileSync(join(gitDir, "HEAD"), "utf8").trim()}`,
    `commit ${await git("rev-parse", "--verify", "--quiet", "HEAD").catch(() => "none")}`,
    ...unfinished,
    "index:",
    (await git("ls-files", "--stage", "-z")).replaceAll("\0", "\n"),
    "status:",
    (await git("status", "--porcelain", "-z", "--untracked-files=all")).replaceAll("\0", "\n"),
    "files:",
    ...listFiles(path),
  ].join("\n");
}

function listFiles(root: string, folder = ""): string[] {
  return readdirSync(join(root, folder))
    .toSorted()
    .filter((name) => folder !== "" || name !== ".git")
    .flatMap((name) => {
      const path = join(folder, name);
      const found = lstatSync(join(root, path));
      if (found.isDirectory()) return listFiles(root, path);
      if (found.isSymbolicLink()) return [`${JSON.stringify(path)} -> ${readlinkSync(join(root, path))}`];
      const mode = (found.mode & 0o111) === 0 ? "-" : "x";
      const hash = createHash("sha256")
        .update(readFileSync(join(root, path)))
        .digest("hex")
        .slice(0, 12);
      return [`${JSON.stringify(path)} ${mode} ${hash}`];
    });
}

/** Whether a process runs; one that has ended and waits to be reaped does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** One word for the shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What a terminal showed, for messages of failed tests. */
export function shown(result: Finished): string {
  return `exit ${result.code}\n${result.stdout}${result.stderr}`;
}
