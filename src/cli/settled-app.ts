import type { App } from "../usecases/app.ts";
import { mayNeedSettling } from "../usecases/dead-leases.ts";
import type { Context } from "./context.ts";

/** The use-cases' world, after what provably died in this repository was settled (and said). For every command on sessions, workspaces and todos. */
export async function settledApp(ctx: Context): Promise<App> {
  const app = await ctx.app();
  // Most find nothing, and start faster without what settles.
  if (await mayNeedSettling(app)) await (await import("../usecases/settle.ts")).settle(app);
  return app;
}
