/** The files of the workstreams, which people and agents write too. */
import { IncrError } from "../../domain/error.ts";
import type { StreamEntry } from "../../domain/stream/index-record.ts";
import { parsePlan } from "../../domain/stream/plan/parse.ts";
import type { Plan } from "../../domain/stream/plan/plan.ts";
import { entryForFolder, isStreamFolder, salvageIndex } from "../../domain/stream/salvage.ts";
import { checkTasks } from "../../domain/stream/tasks/check.ts";
import { readGates } from "../stream/streams.ts";
import { problem, type Check, type Problem, type World } from "./finding.ts";
import { mendTasks } from "./mend-tasks.ts";

/** The index, and for each stream its folder, its plan and its tasks; the list of agents. */
export const checkStreams: Check = {
  area: "workstreams",
  needs: {},
  async examine({ app }) {
    const { streams } = app;
    if (!streams.exists("work")) return [];
    const folders = streams.folders().filter((name) => isStreamFolder(name) && streams.exists(`work/${name}/PLAN.md`));
    const index = attempt(() => streams.readIndex());
    if (folders.length === 0) {
      if (index.failure !== null) return [judgeForeign(index.failure)];
      if (index.value.streams.length === 0) return [];
    }
    const agents = await judgeAgents(app);
    if (index.failure !== null) return [judgeIndex(app, folders, index.failure), ...agents];
    const known = new Set(index.value.streams.map((entry) => entry.path?.split("/").at(-1) ?? entry.id));
    return [
      ...judgeCurrent(index.value),
      ...folders.filter((name) => !known.has(name)).map((name) => judgeUnlisted(app, name)),
      ...index.value.streams.flatMap((entry) => judgeStream(app, entry)),
      ...agents,
    ];
  },
};

type StreamWorld = World["app"];

/** A project may have a file of its own under this name. */
function judgeForeign({ message }: IncrError): Problem {
  return problem("work/index.json", {
    code: "streams_foreign",
    severity: "note",
    message,
    meaning: "It is no index of workstreams, and there is no folder of one: it may belong to something else.",
    hint: "workstreams cannot be used here while it is there",
  });
}

function judgeIndex(app: StreamWorld, folders: readonly string[], { code, message, hint }: IncrError): Problem {
  const facts = {
    code: "streams_damaged",
    severity: "error" as const,
    message,
    meaning: "No workstream shows, and no command on one works. Their plans and tasks are where they were.",
    data: { folders },
  };
  if (code !== "corrupt") return problem("work/index.json", { ...facts, hint: hint ?? null });
  return problem("work/index.json", {
    ...facts,
    repair: `keeps it beside, and makes another from what can be read of it and from ${folders.length === 1 ? "the folder" : `the ${folders.length} folders`}; what is lost of approvals has to be given again`,
    fix: async () => {
      const aside = await app.streams.mendIndex(app.now(), (text) =>
        salvageIndex(text, folders, app.now().toISOString()),
      );
      if (aside === null) return "it can be read by now";
      const { streams, current_stream: current } = app.streams.readIndex();
      const approved = streams.filter(({ approval }) => approval?.status === "approved").map(({ id }) => id);
      return `lists ${streams.map(({ id }) => id).join(", ")}; approvals are left of ${approved.length === 0 ? "none" : approved.join(", ")}; ${current ?? "none"} is the current one; the damaged file is ${aside}`;
    },
    hint: "git may have an earlier version: git log -- work/index.json",
  });
}

function judgeCurrent({
  current_stream: current,
  streams,
}: {
  current_stream?: string | null | undefined;
  streams: StreamEntry[];
}): Problem[] {
  if (typeof current !== "string" || current === "" || streams.some(({ id }) => id === current)) return [];
  return [
    problem(current, {
      code: "stream_not_known",
      severity: "warning",
      message: `the current workstream is ${current}, and there is none of that id`,
      meaning: "Commands that name no --stream fail.",
      hint: streams.length === 0 ? "work create --name <name>" : `work current --set ${streams.at(-1)?.id}`,
    }),
  ];
}

function judgeUnlisted(app: StreamWorld, folder: string): Problem {
  return problem(folder, {
    code: "stream_not_listed",
    severity: "note",
    message: `work/${folder} has a plan, and stands in work/index.json not`,
    meaning: "No command knows it.",
    repair: "adds it to the index",
    fix: async () =>
      await app.streams.changeIndex((index) => {
        if (index.streams.some(({ id }) => id === folder)) return { result: "it is listed by now" };
        const now = app.now().toISOString();
        const streams = [...index.streams, entryForFolder(folder, now)];
        return { value: { ...index, last_updated: now, streams }, result: `added ${folder} to the index` };
      }),
    data: { folder: `work/${folder}` },
  });
}

function judgeStream(app: StreamWorld, entry: StreamEntry): Problem[] {
  const opened = attempt(() => app.streams.open(entry));
  if (opened.failure !== null) return [asProblem(entry, "stream_damaged", opened.failure)];
  const files = opened.value;
  const source = attempt(() => files.read("PLAN.md"));
  if (source.failure !== null)
    return [asProblem(entry, "plan_damaged", source.failure), ...judgeTasks(app, entry, null)];
  if (source.value === null) return [judgeNoPlan(entry, files.path), ...judgeTasks(app, entry, null)];
  const plan = parsePlan(source.value);
  return [...judgePlan(app, entry, plan), ...judgeTasks(app, entry, plan)];
}

function judgeNoPlan({ id }: StreamEntry, path: string): Problem {
  return problem(id, {
    code: "plan_missing",
    severity: "warning",
    message: `workstream ${id} has no PLAN.md in ${path}`,
    meaning: "Nothing of it can be run or changed. Its folder may stand on another branch of the repository.",
    hint: `put the folder back, or take ${id} out of work/index.json`,
    data: { stream: id, path },
  });
}

/** A plan that is being written may have faults; one that was approved may not. */
function judgePlan(app: StreamWorld, entry: StreamEntry, { diagnostics }: Plan): Problem[] {
  const errors = diagnostics.filter(({ severity, code }) => severity === "error" && code !== "placeholder");
  const [first] = errors;
  if (first === undefined) return [];
  const more = errors.length === 1 ? "" : ` (and ${errors.length - 1} more)`;
  const { status } = readGates(app, { entry, files: app.streams.open(entry) }).plan;
  return [
    problem(entry.id, {
      code: "plan_invalid",
      severity: status === "none" ? "note" : "warning",
      message: `the plan of ${entry.id} has a fault on line ${first.line}: ${first.message}${more}`,
      meaning: status === "none" ? "It cannot be approved like this." : "It was approved, and is read differently now.",
      hint: `work validate plan --stream ${entry.id}`,
      data: { stream: entry.id, errors },
    }),
  ];
}

function judgeTasks(app: StreamWorld, entry: StreamEntry, plan: Plan | null): Problem[] {
  const { id } = entry;
  const read = attempt(() => app.streams.open(entry).readTasks());
  if (read.failure !== null) {
    const found = asProblem(entry, "tasks_damaged", read.failure);
    if (read.failure.code !== "corrupt") return [found];
    return [
      {
        ...found,
        repair:
          "keeps it beside, and makes another from the tasks that can be read of it, the approved TASKS.md, and what is known of the runs",
        fix: async () => await mendTasks(app, entry),
        hint: `git may have an earlier version: git log -- work/${id}/tasks.json`,
      },
    ];
  }
  const errors = read.value === null ? [] : checkTasks(read.value, plan).filter(({ severity }) => severity === "error");
  const [first] = errors;
  if (first === undefined) return [];
  const more = errors.length === 1 ? "" : ` (and ${errors.length - 1} more)`;
  return [
    problem(id, {
      code: "tasks_invalid",
      severity: "warning",
      message: `the tasks of ${id} have a fault at ${first.task}: ${first.message}${more}`,
      meaning: "What is wrong is left out where tasks are shown or run; nothing of it is lost.",
      hint: `work validate tasks --stream ${id}`,
      data: { stream: id, errors },
    }),
  ];
}

async function judgeAgents({ streams }: StreamWorld): Promise<Problem[]> {
  try {
    await streams.readAgents();
    return [];
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    const meaning = "No thread can be given to an agent, and none can be run that is.";
    return [
      problem("work/agents.yaml", {
        code: "agents_damaged",
        severity: "error",
        message: error.message,
        meaning,
        hint: error.hint ?? "mend the file",
      }),
    ];
  }
}

function asProblem({ id }: StreamEntry, code: string, { message, hint, data }: IncrError): Problem {
  return problem(id, {
    code,
    severity: "error",
    message,
    meaning: `Nothing of workstream ${id} can be run or changed.`,
    hint: hint ?? null,
    data: { stream: id, ...data },
  });
}

function attempt<T>(read: () => T): { value: T; failure: null } | { failure: IncrError } {
  try {
    return { value: read(), failure: null };
  } catch (error) {
    if (error instanceof IncrError) return { failure: error };
    throw error;
  }
}
