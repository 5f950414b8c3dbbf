/** What happens while batches are carried out, for people in lines and for scripts as one JSON object a line. */
import { formatDuration } from "../../../domain/duration.ts";
import type { ConductEvent } from "../../../domain/stream/conduct.ts";
import type { Context } from "../../context.ts";
import { raw } from "../../output.ts";
import { withProgress } from "../../progress.ts";
import { mergedLines } from "./merge-lines.ts";

/** Runs `work`, to which it hands what shows each event; between them a line on the terminal says that it goes on. */
export async function showConduct<T>(
  ctx: Context,
  work: (show: (event: ConductEvent) => void) => Promise<T>,
): Promise<T> {
  if (ctx.json) return await work((event) => ctx.out.text(raw(`${JSON.stringify(event)}\n`)));
  return await withProgress(ctx, "looking at the batches", async (progress) => {
    const scene = { batch: "", waiting: new Set<string>(), running: new Map<string, number>(), done: 0 };
    const tick = setInterval(() => progress.update(describe(scene, ctx.now())), 1000);
    try {
      return await work((event) => {
        follow(scene, event);
        for (const line of linesOf(event)) ctx.notify({ code: event.type, message: line });
        progress.update(describe(scene, ctx.now()));
      });
    } finally {
      clearInterval(tick);
    }
  });
}

interface Scene {
  batch: string;
  waiting: Set<string>;
  /** Since when, in ms. */
  running: Map<string, number>;
  done: number;
}

function follow(scene: Scene, event: ConductEvent): void {
  switch (event.type) {
    case "batch_began":
      scene.batch = event.batch;
      scene.waiting = new Set(event.threads);
      scene.running = new Map();
      scene.done = 0;
      break;
    case "thread_began":
      scene.waiting.delete(event.thread);
      scene.running.set(event.thread, Date.parse(event.at));
      break;
    case "thread_ended":
    case "thread_refused":
      scene.waiting.delete(event.thread);
      scene.running.delete(event.thread);
      scene.done += 1;
      break;
    case "began":
    case "batch_merged":
    case "batch_conflict":
    case "ended":
      break;
  }
}

function describe({ batch, waiting, running, done }: Scene, now: Date): string {
  if (batch === "") return "looking at the batches";
  const all = waiting.size + running.size + done;
  if (all === 0) return `batch ${batch}: waiting for threads that others run`;
  const names = [...running].map(([thread, since]) => `${thread} ${formatDuration(now.getTime() - since)}`);
  return `batch ${batch}: ${done} of ${all} done${names.length === 0 ? "" : `; ${names.join(", ")}`}`;
}

function linesOf(event: ConductEvent): string[] {
  switch (event.type) {
    case "began":
      return event.attach === null ? [] : [`in tmux; to look at it: ${event.attach}`];
    case "batch_began":
      return event.threads.length === 0 ? [] : [`batch ${event.batch}: ${event.threads.join(", ")}`];
    case "thread_began": {
      const who = `${event.agent === null ? "" : `${event.agent}, `}${event.harness}`;
      const where = event.workspace === null ? "" : ` in ${event.workspace}`;
      return [`${event.thread} begins: ${event.name} (${who}${where}, agent session ${event.agent_session})`];
    }
    case "thread_ended": {
      const why = event.message === null ? "" : `: ${event.message}`;
      const open = event.outcome === "completed" && event.status !== "completed" ? `, and is ${event.status}` : "";
      const work = event.branch === null || event.commits === 0 ? "" : `, work on ${event.branch}`;
      return [`${event.thread} ${event.outcome === "interrupted" ? "was " : ""}${event.outcome}${why}${open}${work}`];
    }
    case "thread_refused":
      return [`${event.thread} was not run: ${event.message}`];
    case "batch_merged":
      return mergedLines(event);
    case "batch_conflict":
      return [];
    case "ended":
      return [`${event.status}: ${event.message}${event.next === null ? "" : `; next: ${event.next}`}`];
  }
}
