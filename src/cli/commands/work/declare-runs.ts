/** The declarations of those work commands that start agents, or bring what they did to an end. */
import { HARNESSES, LONGEST_LIMIT_MS } from "../../../domain/config-file.ts";
import { declareCommand } from "../../command.ts";
import { STREAM, THREAD } from "./part-flags.ts";

const RUN_FLAGS = {
  harness: {
    type: "string",
    choices: HARNESSES,
    description: "Which coding agent; default: agent.harness of the configuration, else opencode",
  },
  model: { type: "string", filled: true, value: "NAME", description: "The model, as the agent calls it" },
  "full-access": {
    type: "boolean",
    description: "Let agents do everything without asking; otherwise they may change files where they work",
  },
  "time-limit": {
    type: "duration",
    min: 1,
    max: LONGEST_LIMIT_MS,
    value: "TIME",
    description: "End an agent after this long; default: agent.time-limit of the configuration, else 1h",
  },
  "silence-limit": {
    type: "duration",
    min: 1,
    max: LONGEST_LIMIT_MS,
    value: "TIME",
    description:
      "End an agent after this long without a sign of life; default: agent.silence-limit, else 20m. A running tool is a sign of life",
  },
} as const;
const AGENT_FLAGS = {
  agent: {
    type: "string",
    filled: true,
    value: "NAME",
    description: "Name of an agent in work/agents.yaml, in place of the one that the thread is given to",
    complete: "stream_agent",
  },
  ...RUN_FLAGS,
} as const;
const IN_PLACE = {
  type: "boolean",
  description: "Work in this folder rather than in a workspace and on a branch of the thread's own",
} as const;
const IN_PLACE_ALL = {
  ...IN_PLACE,
  description: "All in this folder, rather than each in a workspace and on a branch of its own",
} as const;
const PIPED = { type: "boolean", description: "Without the agent's own interface, also on a terminal" } as const;
const START_FORCE = {
  type: "boolean",
  description: "Begin although not everything is approved; that is recorded",
} as const;
const TURN_FORCE = {
  type: "boolean",
  description: "Begin although not everything is approved, or a batch that comes first is not done; that is recorded",
} as const;

export const execute = declareCommand({
  path: ["work", "execute"],
  summary: "Let an agent carry out a thread",
  help: "On a terminal the agent's own interface is opened, elsewhere (and with --piped) it works by itself: what it says is printed on stdout, what it does on stderr; `--json` prints every event as one JSON object a line instead. It works in a workspace of its own, on the thread's branch `incr/stream/<stream>/t-<thread>`, which begins at the stream's branch. If a batch in front of its own is not done, that is said: its work is not there to build on.\n\nA run that works by itself has completed if the agent says so, and completes the tasks that it left unmarked. One at a terminal has completed if every task is marked, else it is interrupted and can be gone on with. A thread that has run before is for `work fix`. The exit code is the agent's own, and never 0 unless the thread's run completed.",
  flags: {
    ...STREAM,
    thread: {
      type: "string",
      value: "ID",
      required: true,
      description: "Id of the thread, such as 1.2.3, or its name",
      complete: "thread",
    },
    ...AGENT_FLAGS,
    piped: PIPED,
    "in-place": IN_PLACE,
    force: START_FORCE,
  },
  examples: [
    { run: "work execute --thread 1.1.2" },
    { run: 'work execute --thread "Schema validation" --harness claude --piped' },
  ],
  json: null,
});

const MAX_PARALLEL = {
  type: "int",
  value: "N",
  min: 1,
  description: "Threads at the same time; default: stream.max-parallel of the configuration, else 4",
} as const;
const WHERE = {
  tmux: { type: "boolean", description: "In windows of tmux, also without a terminal" },
  headless: { type: "boolean", description: "Without tmux, also on a terminal" },
  detach: { type: "boolean", description: "Return as soon as it has begun; it goes on by itself" },
} as const;
const SKIP_BROKEN = {
  type: "boolean",
  description: "Go on behind a batch in which threads did not come to their end; what is completed of it is merged",
} as const;

export const multi = declareCommand({
  path: ["work", "multi"],
  summary: "Let agents carry out batches, the threads of each side by side",
  help: "Batches are carried out one after the other, in the order of the plan; each thread in a workspace and on a branch of its own. When all threads of a batch are completed, their branches are merged into the stream's branch in the order of the threads, and the next batch begins there. It stops at a thread that did not come to its end (`work fix`) unless its stage was accepted without that, at a merge that conflicts, and at a stage that waits for an approval. Threads that have run before do not run again.\n\nOn a terminal, where tmux is installed, each thread gets a window of its own and all of it goes on if the terminal is lost; elsewhere the threads run in this process, and end with it. Waits for the end, and ends with 1 if a thread did not complete. `--json` prints each event as one JSON object a line.",
  flags: {
    ...STREAM,
    batch: { type: "string", value: "ID", description: "Only this batch, such as 1.2", complete: "batch" },
    continue: { type: "boolean", description: "All batches that are left" },
    stop: { type: "boolean", description: "End what another `work multi` does on this stream, with its agents" },
    "max-parallel": MAX_PARALLEL,
    ...AGENT_FLAGS,
    "in-place": IN_PLACE_ALL,
    "skip-broken": SKIP_BROKEN,
    ...WHERE,
    force: TURN_FORCE,
  },
  examples: [
    { run: "work multi --batch 1.1" },
    { run: "work multi --continue --max-parallel 2 --detach" },
    { run: "work multi --stop" },
  ],
  json: null,
});

/** What another process of ours is started with, in which agents are watched over. */
export const conduct = declareCommand({
  path: ["work", "conduct"],
  summary: "Carry out what `work multi` has planned",
  flags: {
    ...STREAM,
    id: { type: "string", value: "ID", required: true, description: "Of this work" },
    batch: { type: "string", value: "ID", multiple: true, required: true, description: "In their order" },
    "max-parallel": { type: "int", value: "N", min: 1, required: true, description: "Threads at the same time" },
    ...AGENT_FLAGS,
    "in-place": IN_PLACE,
    "skip-broken": SKIP_BROKEN,
    tmux: { type: "boolean", description: "Each thread in a window of this terminal" },
    force: START_FORCE,
  },
  examples: [{ run: "work conduct --id k3j2abcd --batch 01.01 --max-parallel 4" }],
  json: null,
  hidden: true,
});

export const supervise = declareCommand({
  path: ["work", "supervise"],
  summary: "Watch over the agent of one thread of a batch",
  flags: {
    ...STREAM,
    thread: { type: "string", value: "ID", required: true, description: "Id of the thread" },
    ...AGENT_FLAGS,
    "in-place": IN_PLACE,
  },
  examples: [{ run: "work supervise --thread 01.01.02" }],
  json: null,
  hidden: true,
});

export const fix = declareCommand({
  path: ["work", "fix"],
  summary: "Run a thread again that failed or was interrupted, or resolve a merge that conflicts",
  help: "On a terminal it shows the threads that were started, asks for one and for what its state allows, and asks before it does so. Elsewhere the flags answer, and without them it ends with 2.\n\n--resume goes on in the same conversation, with branch and files as they were left. --retry begins again where the thread began, with the agent that had it last; the earlier attempt is kept as a rescue, and the agent is told what went wrong. --agent does the same with another one. Threads that are completed never run again. When the last thread of a batch is completed, the batch is merged into the stream's branch.\n\n--merge opens a merge that conflicts in a workspace, and prints its path. Resolve the conflicts there, `git add` the files, and --merged takes the result over; with --agent an agent does both.\n\n--new-stage adds a stage to the plan, like `work add-stage`.",
  flags: {
    ...STREAM,
    thread: { ...THREAD, description: "Id of the thread, such as 1.2.3, or its name" },
    resume: { type: "boolean", description: "Go on in the conversation of its last run" },
    retry: { type: "boolean", description: "Begin again, with the agent of its last run" },
    ...AGENT_FLAGS,
    agent: { ...AGENT_FLAGS.agent, description: "Begin again with this agent of work/agents.yaml" },
    "in-place": { ...IN_PLACE, description: "Begin again in this folder rather than in a workspace" },
    piped: PIPED,
    force: START_FORCE,
    merge: { type: "boolean", description: "Open a merge that conflicts in a workspace, to be resolved there" },
    merged: { type: "boolean", description: "Take over the merge that was resolved there, and go on" },
    "new-stage": { type: "boolean", description: "Add a stage to the plan" },
    name: { type: "string", value: "NAME", description: "What the new stage is called" },
  },
  examples: [
    { run: "work fix" },
    { run: "work fix --thread 1.1.2 --resume" },
    { run: "work fix --thread 1.1.2 --agent backend-expert" },
    { run: 'cd "$(work fix --merge)"', note: "then resolve, git add, and work fix --merged" },
    { run: "work fix --new-stage --name Fixes" },
  ],
  json: "work_fix",
});

export const continueStream = declareCommand({
  path: ["work", "continue"],
  summary: "Go on with a workstream where it stopped",
  help: "Looks for threads that failed or were interrupted, and for merges that conflict, in everything that was run so far. If it finds some it asks whether to go on without them, to fix them first, or to abort; --yes, --fix and --abort answer. Then it carries out what is left, as `work multi --continue` does.\n\nGoing on without them leaves them as they are: what is completed of their batch is merged, and the batches behind it begin there. A merge that conflicts cannot be passed over. `--json` prints each event as one JSON object a line.",
  flags: {
    ...STREAM,
    yes: { type: "boolean", description: "Go on, and leave what failed or is blocked as it is" },
    fix: { type: "boolean", description: "Fix what failed first, as `work fix` does" },
    abort: { type: "boolean", description: "Go on only if nothing has failed; ends with 1 otherwise" },
    "max-parallel": MAX_PARALLEL,
    ...AGENT_FLAGS,
    "in-place": IN_PLACE_ALL,
    piped: { ...PIPED, description: "Fix without the agent's own interface, also on a terminal" },
    ...WHERE,
    force: START_FORCE,
  },
  examples: [{ run: "work continue" }, { run: "work continue --yes" }],
  json: null,
});
