import type { App } from "../usecases/app.ts";
import { settle } from "../usecases/settle.ts";
import type { Context } from "./context.ts";

/** The use-cases' world, after what provably died in this repository was settled (and said). For every command on sessions, workspaces and todos. */
export async function settledApp(ctx: Context): Promise<App> {
  const app = await ctx.app();
  await settle(app);
  return app;
}
