/** A crew of small programs in place of the agents, and a stream whose threads they carry out. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openCrew, type Crew } from "../agents/crew.ts";
import type { TestRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { GOOD_PLAN } from "./plans.ts";
import { fillTasks } from "./desk.ts";

const STREAM = "001-login";

export interface StreamFiles {
  /** Files below the folder of the stream. */
  path(file: string): string;
  read(file: string): string;
  json(file: string): any;
  write(file: string, text: string): void;
  /** The session records of a thread. */
  records(thread: string): any[];
  /** Statuses of the thread's tasks. */
  tasks(thread: string): string[];
}

/** The files of a stream. */
export function filesOf({ root }: Pick<TestRepo, "root">, stream = STREAM): StreamFiles {
  const files: StreamFiles = {
    path: (file) => join(root, "work", stream, file),
    read: (file) => readFileSync(files.path(file), "utf8"),
    json: (file) => JSON.parse(files.read(file)),
    write(file, text) {
      mkdirSync(dirname(files.path(file)), { recursive: true });
      writeFileSync(files.path(file), text);
    },
    records: (thread) => own(thread).flatMap((task) => task.sessions ?? []),
    tasks: (thread) => own(thread).map((task) => task.status),
  };
  return files;

  function own(thread: string): any[] {
    return files.json("tasks.json").tasks.filter((task: any) => task.id.startsWith(`${thread}.`));
  }
}

/** Makes a stream whose plan and tasks are approved, as `openApproved` has them. */
export async function approveIn(
  { root, term, write }: Pick<Crew, "root" | "term" | "write">,
  { plan = GOOD_PLAN, stream = STREAM } = {},
): Promise<void> {
  const files = filesOf({ root }, stream);
  await write("draft.md", plan);
  await term.ok("work create --plan draft.md && work approve plan");
  files.write("TASKS.md", fillTasks(files.read("TASKS.md")));
  await term.ok("work approve tasks");
}

export interface StreamCrew extends Omit<Crew, "write" | "read">, StreamFiles {
  /** Its id. */
  stream: string;
  /** What agents are to do as a thread: instead of the prompt, since the small programs know no words. */
  script(thread: string, steps: object[]): void;
  /** What `work status --json` says of a thread. */
  thread(id: string): Promise<any>;
}

/** Approved streams of this test file, by their plans. */
const templates = new Map<string, string>();

/** With a stream, approved. */
export async function openStreamCrew({ plan = GOOD_PLAN, stream = STREAM } = {}): Promise<StreamCrew> {
  const crew = await openCrew();
  crew.term.env["TMUX_TMPDIR"] = makeTempDir("incr-tmux-");
  // As a configuration would say it: the small programs speak like any of the three
  await crew.write("incr.toml", '[agent]\nharness = "claude"\n');
  const made = templates.get(plan);
  // Nothing in it depends on where it lies
  if (made !== undefined) cpSync(made, join(crew.root, "work"), { recursive: true });
  else await approveIn(crew, { plan, stream });
  if (made === undefined) {
    const template = makeTempDir("incr-work-");
    cpSync(join(crew.root, "work"), template, { recursive: true });
    templates.set(plan, template);
  }
  const files = filesOf(crew, stream);
  return {
    ...crew,
    ...files,
    stream,
    script: (thread, steps) => files.write(`prompts/${thread}.md`, `@${JSON.stringify(steps)}\n`),
    thread: async (id) =>
      (await crew.term.json("work status --sessions --json")).threads.find((one: any) => one.id === id),
  };
}

/** Events that are printed with --json, or logged. */
export function events(text: string): any[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** The log of what was carried out, with all streams. */
export function readLog({ stateDir }: Pick<StreamCrew, "stateDir">): string {
  const folder = join(stateDir, "logs", "streams");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
}
