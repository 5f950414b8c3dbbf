import { requireThread } from "../../../domain/stream/tasks/outline.ts";
import { requirePlan } from "../../../usecases/stream/streams.ts";
import { lookAtPart } from "../../../usecases/stream/wait.ts";
import type { WaitedFor } from "../../../usecases/wait.ts";
import type { Context } from "../../context.ts";
import { openConduct } from "../work/conduct-world.ts";

/** @returns what looks how it stands @throws IncrError `not_found` */
export async function openPart(
  ctx: Context,
  { stream: name, thread }: { stream?: string; thread?: string },
): Promise<() => Promise<WaitedFor>> {
  const { app, stream } = await openConduct(ctx, name);
  const id = thread === undefined ? undefined : requireThread(requirePlan(stream), thread).id;
  return async () => await lookAtPart(app, { stream: stream.entry.id, thread: id });
}
