/** Parts of workstreams for completion, read straight from the files. Loaded only when one of them is asked for. */
import { formatPartId } from "../domain/stream/id.ts";
import { streamName } from "../domain/stream/index-record.ts";
import { parsePlan } from "../domain/stream/plan/parse.ts";
import type { Plan } from "../domain/stream/plan/plan.ts";
import { viewTask, type Task } from "../domain/stream/tasks/record.ts";
import { groupByThread, listThreads } from "../domain/stream/tasks/outline.ts";
import { threadState } from "../domain/stream/thread-state.ts";
import { openNamedStream, type StreamApp } from "../usecases/stream/streams.ts";
import type { CompletionKind } from "./command.ts";
import { streamApp } from "./commands/work/world.ts";
import type { Candidate, Typed } from "./completion.ts";
import type { Context } from "./context.ts";

/** None for kinds that are no part of a workstream. @throws IncrError where there is no such stream, or a file is damaged */
export async function completeStreamParts(
  kind: CompletionKind,
  ctx: Context,
  { flags, current }: Typed,
): Promise<Candidate[]> {
  const app = streamApp(ctx);
  if (kind === "stream") return listStreams(app);
  if (kind === "stream_agent") return await listAgents(app);
  const find = FINDERS[kind];
  if (find === undefined) return [];
  const found = find(readStream(app, flags.get("stream")), { flags, current });
  // Whoever leaves out the zeros is given ids without them.
  return /^[1-9]/.test(current) ? found.map((one) => ({ ...one, value: one.value.replaceAll(/\b0/g, "") })) : found;
}

interface Stream {
  plan: Plan;
  tasks: Task[];
}

const FINDERS: Partial<Record<CompletionKind, (stream: Stream, typed: Typed) => Candidate[]>> = {
  stage: ({ plan }) => plan.stages.map(({ number, name }) => ({ value: String(number), description: name })),
  batch: listBatches,
  batch_number({ plan }, { flags }) {
    const stage = plan.stages.find(({ number }) => number === Number(flags.get("stage")));
    return (stage?.batches ?? []).map(({ number, name }) => ({ value: String(number), description: name }));
  },
  thread: listStreamThreads,
  task: listTasks,
  stream_part: (stream) => [
    ...stream.plan.stages.map(({ number, name }) => ({ value: formatPartId([number]), description: name })),
    ...listBatches(stream),
    ...listStreamThreads(stream),
  ],
  thread_or_task: (stream, { current }) =>
    current.split(".").length > 3 ? listTasks(stream) : listStreamThreads(stream),
};

function listBatches({ plan }: Stream): Candidate[] {
  return plan.stages.flatMap((stage) =>
    stage.batches.map(({ number, name }) => ({ value: formatPartId([stage.number, number]), description: name })),
  );
}

function listStreamThreads({ plan, tasks }: Stream): Candidate[] {
  const byThread = groupByThread(tasks);
  return listThreads(plan).map(({ id, thread }) => {
    const { status } = threadState(byThread.get(id) ?? []);
    return { value: id, description: `${thread.name} (${status})` };
  });
}

function listTasks({ tasks }: Stream): Candidate[] {
  return tasks.map(({ id, name, status }) => ({ value: id, description: `${name} (${status})` }));
}

function readStream(app: StreamApp, name: string | undefined): Stream {
  const { files } = openNamedStream(app, name);
  const tasks = files.readTasks()?.tasks ?? [];
  return { plan: parsePlan(files.read("PLAN.md") ?? ""), tasks: tasks.map((record) => viewTask(record).task) };
}

function listStreams({ streams }: StreamApp): Candidate[] {
  const index = streams.readIndex();
  return index.streams.map((entry) => ({
    value: entry.id,
    description: `${streamName(entry)}${entry.id === index.current_stream ? " (current)" : ""}`,
  }));
}

async function listAgents({ streams }: StreamApp): Promise<Candidate[]> {
  const file = await streams.readAgents();
  return (file?.agents ?? []).map(({ name, description, best_for: bestFor }) => ({
    value: name,
    description: bestFor ?? description ?? "",
  }));
}
