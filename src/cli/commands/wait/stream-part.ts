import { requireThread } from "../../../domain/stream/tasks/outline.ts";
import { requirePlan, requirePresentStream } from "../../../usecases/stream/streams.ts";
import { lookAtPart, requirePartEnding } from "../../../usecases/stream/wait.ts";
import type { WaitedFor } from "../../../usecases/wait.ts";
import type { Context } from "../../context.ts";
import { openConduct } from "../work/conduct-world.ts";
import { streamApp } from "../work/world.ts";

/** @returns what looks how it stands @throws IncrError `not_found`, `rule` */
export async function openPart(
  ctx: Context,
  { stream: name, thread }: { stream?: string; thread?: string },
): Promise<() => Promise<WaitedFor>> {
  if (name === undefined) requirePresentStream(streamApp(ctx), thread ?? "");
  const { app, stream } = await openConduct(ctx, name);
  const id = thread === undefined ? undefined : requireThread(requirePlan(stream), thread).id;
  const part = { stream: stream.entry.id, thread: id };
  await requirePartEnding(app, part);
  return async () => await lookAtPart(app, part);
}
