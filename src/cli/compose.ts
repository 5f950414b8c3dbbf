/** The composition root: picks the adapters and hands them to the use-cases. */
import type { App } from "../usecases/app.ts";
import type { Context } from "./context.ts";

export async function createApp(_ctx: Context): Promise<App> {
  throw new Error("not composed yet");
}
