import { fault } from "../process/fault.ts";
import { findRepository } from "../git/repository.ts";
import type { WorkflowApp } from "../usecases/workflow/progress.ts";
import { findWorkflowRoot } from "../workflows/root.ts";
import { openWorkflows } from "../workflows/workflows.ts";
import type { Context } from "./context.ts";

/**
 * The part of the world that workflows need, for the commands and for the scripts of the skill: a step of an agent's procedure must not wait until all the rest is composed.
 */
export function workflowApp({ cwd, now, notify }: Pick<Context, "cwd" | "now" | "notify">): WorkflowApp {
  const root = findWorkflowRoot(cwd, findRepository(cwd)?.root ?? null);
  return { now, notify, step: fault, workflows: openWorkflows({ root, notify }) };
}
