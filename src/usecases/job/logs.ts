/** Reading the log of a job with what its agents say and do in between, also while it is written. */
import { recordKey } from "../../domain/records.ts";
import type { LoggedJobEvent, StreamedEvent } from "../../domain/job/event.ts";
import type { App } from "../app.ts";
import { requireJob } from "./find.ts";
import { findWorkspace, livenessOf } from "./list.ts";

export interface JobLogsRequest {
  id: string;
  /** Wait for more until the job has ended or is paused. */
  follow?: boolean;
  onEvent(event: StreamedEvent): void;
}

const POLL_MS = 150;

/** Tells every event in order. @throws IncrError `not_found`, `ambiguous` */
export async function readJobLogs(app: App, { id, follow = false, onEvent }: JobLogsRequest): Promise<void> {
  const job = await requireJob(app, id);
  if (job.log === undefined) return;
  const log = (await app.jobs()).log(job.log);
  const key = recordKey(job.repo, job.id);
  const agents = await app.agents();
  let from = 0;
  let run: AgentRun | null = null;

  /** What the agent that runs now, or ran last, has said since. */
  const readAgent = (): void => {
    if (run === null) return;
    const { events, next } = agents.log(run.log).read(run.from);
    run.from = next;
    const { agent_session_id, purpose } = run;
    const end = events.findIndex(({ type }) => type === "ended");
    // Behind its end are the later runs of the same conversation.
    if (end !== -1) run = null;
    for (const event of end === -1 ? events : events.slice(0, end + 1))
      onEvent({ at: event.at, type: "agent", agent_session_id, purpose, event });
  };
  const readMore = (): void => {
    const { events, next } = log.read(from);
    from = next;
    for (const event of events) {
      // All that an agent says comes before the next event of the job.
      readAgent();
      if (event.type === "agent_ended") run = null;
      onEvent(event);
      if (event.type === "agent_started") run = runOf(job.repo, event);
    }
    readAgent();
  };
  for (;;) {
    // First whether it has ended, then what it said: nothing but its last line is written after its end.
    const current = await app.store.read(async (tx) => await tx.find("jobs", key));
    const liveness = current === undefined ? null : livenessOf(app, current, await findWorkspace(app, current));
    const isOver = liveness !== "running" && liveness !== "unknown";
    readMore();
    if (!follow) return;
    if (isOver) {
      await app.pause(POLL_MS);
      readMore();
      return;
    }
    await app.pause(POLL_MS);
  }
}

interface AgentRun extends Pick<Extract<LoggedJobEvent, { type: "agent_started" }>, "agent_session_id" | "purpose"> {
  log: string;
  from: number;
}

function runOf(repo: string, event: Extract<LoggedJobEvent, { type: "agent_started" }>): AgentRun {
  const { agent_session_id, purpose, from } = event;
  return { agent_session_id, purpose, from, log: `logs/agent-sessions/${repo}/${agent_session_id}.jsonl` };
}
