/** What is going on in this repository, and what somebody should do something about. Reads only; nothing here may take long. */
import { IncrError } from "../../domain/error.ts";
import type { Streams } from "../../ports/streams.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import { requireRepository, type App, type WholeApp } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import { listRescues } from "../rescue/rescue.ts";
import { listWorkflows, type WorkflowSummary } from "../workflow/progress.ts";
import { findAttention, type Attention } from "./attention.ts";
import { listUnmerged, type UnmergedBranches } from "./branches.ts";
import { readJournal, type JournalLine } from "./journal.ts";
import { readRecords } from "./records.ts";
import { summarizeJobs, summarizeSessions, type AgentLine, type JobLine, type SessionLine } from "./sessions.ts";
import { summarizeStreams, type StreamLine } from "./streams.ts";
import { readTodos, type TodoLine } from "./todos.ts";
import { summarizeWorkspaces, type WorkspaceLine } from "./workspaces.ts";

export interface RepositoryStatus {
  /** Null while nothing was ever recorded for this repository. */
  repo: string | null;
  /** Root of the main checkout. */
  root: string;
  /** Those in progress, and how many could be begun. */
  todos: { in_progress: TodoLine[]; ready: string[]; total: number };
  /** The active ones. */
  sessions: SessionLine[];
  jobs: JobLine[];
  agent_sessions: AgentLine[];
  /** The current one, and those in which something runs or waits for somebody. */
  streams: StreamLine[];
  workspaces: WorkspaceLine[];
  branches: UnmergedBranches;
  /** Those that were not brought back. */
  rescues: RescueInfo[];
  /** In progress. */
  workflows: WorkflowSummary[];
  /** The running session of the work journal. */
  journal: JournalLine | null;
  attention: Attention[];
}

/** @throws IncrError `corrupt` and the like if state or todos cannot be read */
export async function showStatus(app: WholeApp & { streams: Streams }): Promise<RepositoryStatus> {
  const { location } = requireRepository(app);
  const repo = await findRepoSlug(app);
  const records = await readRecords(app, repo);
  const misconfigured = await findConfigError(app);
  const [todos, workspaces, branches, rescues] = await Promise.all([
    readTodos(app, records),
    summarizeWorkspaces(app, records),
    misconfigured === null ? listUnmerged(app, records) : { base: null, unmerged: [], more: 0 },
    listRescues(app),
  ]);
  const sessions = summarizeSessions(app, records, todos.titles);
  const { jobs, agent_sessions } = summarizeJobs(app, records);
  const { workflows, damaged } = listWorkflows(app);
  const { journal, problem } = readJournal(app);
  const { streams, damaged: damagedStreams } = await summarizeStreams(app, repo);
  const { in_progress, ready, total } = todos;
  const status = { todos: { in_progress, ready, total }, sessions, workspaces, branches, rescues, workflows };
  return {
    repo,
    root: location.root,
    ...status,
    jobs,
    agent_sessions,
    streams,
    journal,
    attention: await findAttention(app, {
      ...status,
      jobs,
      problems: todos.problems,
      cycles: todos.cycles,
      damaged,
      streams,
      damagedStreams,
      journal: problem,
      misconfigured,
    }),
  };
}

/** A file with an error keeps work from being started, and must not hide what is going on. */
async function findConfigError(app: App): Promise<string | null> {
  try {
    await requireRepository(app).config();
    return null;
  } catch (error) {
    if (error instanceof IncrError && error.code === "config") return error.message;
    throw error;
  }
}
