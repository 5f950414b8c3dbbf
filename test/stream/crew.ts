/** A crew of small programs in place of the agents, and a stream whose threads they carry out. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openCrew, type Crew } from "../agents/crew.ts";
import { makeTempDir } from "../support/temp.ts";
import { GOOD_PLAN } from "./plans.ts";
import { fillTasks } from "./desk.ts";

export interface StreamCrew extends Omit<Crew, "write" | "read"> {
  /** Its id. */
  stream: string;
  /** Files below the folder of the stream. */
  path(file: string): string;
  read(file: string): string;
  json(file: string): any;
  write(file: string, text: string): void;
  /** What agents are to do as a thread: instead of the prompt, since the small programs know no words. */
  script(thread: string, steps: object[]): void;
  /** The session records of a thread. */
  records(thread: string): any[];
  /** Statuses of the thread's tasks. */
  tasks(thread: string): string[];
  /** What `work status --json` says of a thread. */
  thread(id: string): Promise<any>;
}

/** With plan and tasks approved, as `openApproved` has them. */
export async function openStreamCrew({ plan = GOOD_PLAN, stream = "001-login" } = {}): Promise<StreamCrew> {
  const crew = await openCrew();
  const path = (file: string) => join(crew.root, "work", stream, file);
  const read = (file: string) => readFileSync(path(file), "utf8");
  const write = (file: string, text: string) => {
    mkdirSync(dirname(path(file)), { recursive: true });
    writeFileSync(path(file), text);
  };
  const json = (file: string) => JSON.parse(read(file));
  const own = (thread: string) => json("tasks.json").tasks.filter((task: any) => task.id.startsWith(`${thread}.`));
  crew.term.env["TMUX_TMPDIR"] = makeTempDir("incr-tmux-");
  // As a configuration would say it: the small programs speak like any of the three
  await crew.write("incr.toml", '[agent]\nharness = "claude"\n');
  await crew.write("draft.md", plan);
  await crew.term.ok("work create --plan draft.md && work approve plan");
  write("TASKS.md", fillTasks(read("TASKS.md")));
  await crew.term.ok("work approve tasks");
  return {
    ...crew,
    stream,
    path,
    read,
    json,
    write,
    script: (thread, steps) => write(`prompts/${thread}.md`, `@${JSON.stringify(steps)}\n`),
    records: (thread) => own(thread).flatMap((task: any) => task.sessions ?? []),
    tasks: (thread) => own(thread).map((task: any) => task.status),
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
