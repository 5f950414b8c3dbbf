/** The records that we publish a schema of, in the order of the reference page. */
import * as v from "valibot";
import { agentEventSchema } from "../../src/domain/agent/event.ts";
import { streamedEventSchema } from "../../src/domain/job/event.ts";
import { leaseSchema } from "../../src/domain/lease.ts";
import { reportSchema } from "../../src/domain/journal/report.ts";
import { journalStateSchema } from "../../src/domain/journal/state.ts";
import { COLLECTIONS } from "../../src/domain/records.ts";
import { streamIndexSchema } from "../../src/domain/stream/index-record.ts";
import { writtenTasksSchema } from "../../src/domain/stream/tasks/record.ts";
import { todoSchema } from "../../src/domain/todo.ts";
import { workflowStateSchema } from "../../src/domain/workflow-schema.ts";

export interface PublishedRecord {
  name: string;
  summary: string;
  schema: v.GenericSchema;
}

export const RECORDS: readonly PublishedRecord[] = [
  {
    name: "state",
    summary:
      "The file `state.json`: five maps from key to record. A missing map is an empty one; unknown keys are kept.",
    schema: v.object({
      version: v.optional(v.number()),
      ...Object.fromEntries(
        Object.entries(COLLECTIONS).map(([name, schema]) => [
          name,
          v.optional(v.nullable(v.record(v.string(), schema))),
        ]),
      ),
    }),
  },
  { name: "repo", summary: "A git repository, keyed by its slug.", schema: COLLECTIONS.repos },
  { name: "workspace", summary: "One pooled git worktree, keyed `<repo>/<name>`.", schema: COLLECTIONS.workspaces },
  { name: "lease", summary: "The exclusive right to a workspace.", schema: leaseSchema },
  {
    name: "session",
    summary: "One attempt at a todo in a workspace, keyed `<repo>/<id>`.",
    schema: COLLECTIONS.sessions,
  },
  {
    name: "agent_session",
    summary: "One run of a coding agent, keyed `<repo>/<id>` under `opencode_sessions`.",
    schema: COLLECTIONS.opencode_sessions,
  },
  {
    name: "agent_event",
    summary:
      "One line of an agent session's log, `<state folder>/logs/agent-sessions/<repo>/<id>.jsonl`, and of what `incr agent run --json` prints.",
    schema: agentEventSchema,
  },
  {
    name: "job",
    summary: "The implement, test, review, commit loop on a todo, keyed `<repo>/<id>`.",
    schema: COLLECTIONS.jobs,
  },
  {
    name: "job_event",
    summary:
      "One event of what `incr job do --json` and `incr job logs --json` print. All but those of the type `agent` stand in the job's log, `<state folder>/logs/jobs/<repo>/<id>.jsonl`.",
    schema: streamedEventSchema,
  },
  {
    name: "journal_state",
    summary: "The journal's `.work-shell/state.json`. Times are to the second; unknown keys are kept.",
    schema: journalStateSchema,
  },
  {
    name: "journal_report",
    summary: "A finished session of the journal, `.work-shell/sessions/<id>.json`.",
    schema: reportSchema,
  },
  { name: "todo", summary: "A unit of wanted work, one file each in `refs/incr/todos`.", schema: todoSchema },
  {
    name: "workflow",
    summary: "A workflow in progress, the file `ia/state/sessions/<name>.json`; its times have whole seconds.",
    schema: workflowStateSchema,
  },
  {
    name: "stream_index",
    summary: "The workstreams of a repository, the file `work/index.json`.",
    schema: streamIndexSchema,
  },
  {
    name: "stream_tasks",
    summary:
      "The tasks of a workstream as incr writes them, the file `work/<stream>/tasks.json`. Keys that are not known here are kept; older files lack some of these.",
    schema: writtenTasksSchema,
  },
];
