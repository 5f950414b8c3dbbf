/** One prompt for each thread, made from the plan. One that was edited since it was written stays as it is. */
import { parentId } from "../../domain/stream/id.ts";
import { renderPrompt } from "../../domain/stream/prompt.ts";
import type { Plan } from "../../domain/stream/plan/plan.ts";
import type { ApprovedTask } from "../../domain/stream/tasks/change.ts";
import { groupByThread, listThreads } from "../../domain/stream/tasks/outline.ts";
import type { HeldStream } from "../../ports/streams.ts";
import type { OpenStream, StreamApp } from "./streams.ts";

/** Hashes of the prompts as they were written, by id of the thread. */
const WRITTEN = "prompts/.written.json";

/** Writes what is new or has changed. Gives the absolute paths of those. */
export function updatePrompts(
  app: StreamApp,
  { files }: OpenStream,
  held: HeldStream,
  plan: Plan,
  tasks: readonly ApprovedTask[],
): string[] {
  const known = readHashes(files.read(WRITTEN));
  const byThread = groupByThread(tasks.map(({ id, name }) => ({ id, name, thread: parentId(id) })));
  const hashes: Record<string, string> = {};
  const texts = new Map<string, string>();
  for (const thread of listThreads(plan)) {
    const file = `prompts/${thread.id}.md`;
    const text = renderPrompt(plan, thread, byThread.get(thread.id) ?? []);
    const there = files.read(file);
    const hash = app.streams.hash(text);
    if (there !== null && there !== text && known[thread.id] !== app.streams.hash(there)) {
      // Its agent would hear nothing of those, and they would be taken for done with the others.
      const unnamed = (byThread.get(thread.id) ?? []).map(({ id }) => id).filter((id) => !there.includes(id));
      const lacks = unnamed.length === 0 ? "" : `, without ${unnamed.join(", ")}`;
      const message = `${file} was edited, and stays as it is${lacks}; remove it to have it written anew`;
      app.warn({ code: "prompt_kept", message, data: { file, unnamed } });
      if (known[thread.id] !== undefined) hashes[thread.id] = String(known[thread.id]);
      continue;
    }
    hashes[thread.id] = hash;
    if (there !== text) texts.set(file, text);
  }
  const paths = [...texts.keys()].map((file) => `${files.path}/${file}`);
  // The hashes last: after a crash the prompts that are there are the ones that would be written, which needs no proof
  held.writeDerived(new Map([...texts, [WRITTEN, `${JSON.stringify({ ...known, ...hashes }, null, 2)}\n`]]));
  return paths;
}

function readHashes(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}
