/** One workspace in detail: reads only. */
import type { Workspace } from "../../domain/records.ts";
import type { Inspection } from "../../ports/worktrees.ts";
import type { Occupant } from "../../ports/processes.ts";
import { requireRepository, type App } from "../app.ts";
import { requireWorkspace } from "./find.ts";

export interface WorkspaceDetails {
  workspace: Workspace;
  /** What is in it now. */
  found: Inspection;
  /** Processes that stand in it. */
  occupants: Occupant[];
}

/** @throws IncrError `not_found`, `ambiguous`, `usage` */
export async function showWorkspace(app: App, wanted: string | undefined): Promise<WorkspaceDetails> {
  const { worktrees, config } = requireRepository(app);
  const workspace = await requireWorkspace(app, wanted);
  const found = await worktrees.inspect(workspace.path, (await config()).workspace.copy);
  return { workspace, found, occupants: app.processes.findOccupants(workspace.path) };
}
