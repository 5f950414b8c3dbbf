import type { ThreadApp } from "../../../usecases/stream/stream-branch.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import { streamApp } from "./world.ts";

/** The world of commands that start agents or merge what they did: git and leases beside the stream's files. What died is settled first. */
export async function threadApp(ctx: Context): Promise<ThreadApp> {
  return { ...(await settledApp(ctx)), ...streamApp(ctx) };
}
