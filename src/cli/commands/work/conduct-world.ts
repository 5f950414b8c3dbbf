import { createConduct } from "../../../streams/conduct.ts";
import type { ConductApp } from "../../../usecases/stream/launch.ts";
import type { OpenStream } from "../../../usecases/stream/streams.ts";
import type { Context } from "../../context.ts";
import { stateFolder } from "../../folders.ts";
import { openThreads } from "./thread-world.ts";

/** The world of commands that carry out batches. */
export async function openConduct(
  ctx: Context,
  name: string | undefined,
): Promise<{ app: ConductApp; stream: OpenStream }> {
  const { app, stream } = await openThreads(ctx, name);
  return { app: { ...app, conduct: conductOf(ctx, app.cwd) }, stream };
}

/** What an agent or a lease around us marks its processes with must not be carried by those that outlive it. */
const MARKS = [
  "INCR_LEASE_ID",
  "INCR_WORKSPACE",
  "INCR_SESSION_ID",
  "INCR_TODO_ID",
  "INCR_PORT",
  "INCR_AGENT_SESSION_ID",
  "INCR_STREAM",
];

function conductOf(ctx: Context, cwd: string) {
  const env = Object.fromEntries(Object.entries(ctx.env).filter(([key]) => !MARKS.includes(key)));
  const noun = ctx.program === "work" ? [] : ["work"];
  return createConduct({
    stateDir: stateFolder(ctx.env),
    self: [process.execPath, ...process.execArgv, process.argv[1] ?? "", ...noun],
    cwd,
    env,
  });
}
