import { fault } from "../process/fault.ts";
import { lostRepositoryError, type LostRepository } from "../domain/repo.ts";
import { findLostRepository, findRepository } from "../git/repository.ts";
import type { Workflows } from "../ports/workflows.ts";
import type { WorkflowApp } from "../usecases/workflow/progress.ts";
import { findWorkflowRoot } from "../workflows/root.ts";
import { openWorkflows } from "../workflows/workflows.ts";
import type { Context } from "./context.ts";

/**
 * The part of the world that workflows need, for the commands and for the scripts of the skill: a step of an agent's procedure must not wait until all the rest is composed.
 */
export function workflowApp({ cwd, now, notify }: Pick<Context, "cwd" | "now" | "notify">): WorkflowApp {
  const location = findRepository(cwd);
  const workflows = openWorkflows({ root: findWorkflowRoot(cwd, location?.root ?? null), notify });
  const lost = location === null ? findLostRepository(cwd) : undefined;
  return { now, notify, step: fault, workflows: lost === undefined ? workflows : unwritable(workflows, lost) };
}

/** In a worktree whose repository is gone a step would be noted where nobody finds it again. */
function unwritable(workflows: Workflows, lost: LostRepository): Workflows {
  const refuse = (): never => {
    throw lostRepositoryError(lost);
  };
  return { ...workflows, exclusively: async () => refuse(), discard: async () => refuse() };
}
