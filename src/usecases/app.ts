/** What every use-case is handed: time, chance, and the ports. One composition root (`src/cli/compose.ts`) puts it together. */
import type { Config, Configuration } from "../domain/config.ts";
import { IncrError } from "../domain/error.ts";
import type { Who } from "../domain/journal/event.ts";
import type { UtcOffset } from "../domain/journal/time.ts";
import type { Templates } from "../domain/job/templates.ts";
import type { Notify } from "../domain/notice.ts";
import { lostRepositoryError, type LostRepository } from "../domain/repo.ts";
import type { Agents } from "../ports/agents.ts";
import type { House } from "../ports/house.ts";
import type { JobCommits } from "../ports/job-commits.ts";
import type { Jobs } from "../ports/jobs.ts";
import type { Journal } from "../ports/journal.ts";
import type { Processes } from "../ports/processes.ts";
import type { Runner } from "../ports/runner.ts";
import type { RepositoryPort } from "../ports/repository.ts";
import type { Store } from "../ports/store.ts";
import type { Todos } from "../ports/todos.ts";
import type { TrustStore } from "../ports/trust.ts";
import type { Workflows } from "../ports/workflows.ts";
import type { Worktrees } from "../ports/worktrees.ts";

/** The parts that only exist where there is a repository. */
export interface RepositoryApp {
  location: RepositoryPort;
  worktrees: Worktrees;
  jobCommits: JobCommits;
  todos: Todos;
  /** The configuration files as they were when they were first asked for: what is approved and what is run are of the same bytes. */
  configuration(): Promise<Configuration>;
  /** The settings in them. */
  config(): Promise<Config>;
  /** What the agents of jobs are told: as they were when they were first asked for. @throws IncrError `config`, naming file and line */
  templates(): Promise<Templates>;
}

/** Who is asking, from the caller's environment: set in the shells and children that hold a lease. */
export interface Caller {
  /** The folder that the command runs in, symlinks resolved. */
  cwd: string;
  /** `INCR_LEASE_ID` */
  leaseId: string | null;
  /** The worktree that the folder is in, whose repository is not where it was. */
  lost?: LostRepository | undefined;
  /** What the person is called in records: the login name. */
  person: string;
  /** Who takes part in the journal: the person, or the coding agent whose shell this is. */
  who: Who;
}

export interface App {
  now(): Date;
  /** Minutes that local time is ahead of UTC at a moment. */
  utcOffset: UtcOffset;
  /** Waits so many milliseconds. */
  pause(ms: number): Promise<void>;
  /** `n` random characters of `a-z2-7`. */
  randomText(n: number): string;
  /** First eight characters of the base32 sha256 of a text: how records get their ids. */
  hashId(text: string): string;
  notify: Notify;
  /** Names a step for tests that kill or pause us exactly there; does nothing in a release build. */
  step(name: string): void | Promise<void>;
  caller: Caller;
  store: Store;
  trust: TrustStore;
  processes: Processes;
  runner: Runner;
  /** The coding agents; loaded when they are first asked for. */
  agents(): Promise<Agents>;
  /** What jobs need besides; loaded when it is first asked for. */
  jobs(): Promise<Jobs>;
  /** Folder that holds `<repo>/ws-001`. */
  workspacesDir: string;
  /** Our own files as files; loaded when it is first asked for. */
  house(): Promise<House>;
  repository: RepositoryApp | null;
}

/** With the systems that most commands have nothing to do with. */
export interface WholeApp extends App {
  workflows: Workflows;
  journal: Journal;
}

/** @throws IncrError `not_a_repository` */
export function requireRepository(app: App): RepositoryApp {
  if (app.repository !== null) return app.repository;
  const { lost } = app.caller;
  if (lost !== undefined) throw lostRepositoryError(lost);
  throw new IncrError("not_a_repository", `${app.caller.cwd} is not inside a git repository`, {
    hint: "change to a repository, or make one with `git init`",
  });
}
