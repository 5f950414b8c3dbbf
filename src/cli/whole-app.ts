import type { App, WholeApp } from "../usecases/app.ts";
import type { Context } from "./context.ts";
import { journalApp } from "./journal-app.ts";
import { workflowApp } from "./workflow-app.ts";

/** The use-cases' world with the journal and the workflows, which most commands do without. */
export function wholeApp(ctx: Context, app: App): WholeApp {
  return { ...app, journal: journalApp(ctx).journal, workflows: workflowApp(ctx).workflows };
}
