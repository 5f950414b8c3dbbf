/** The pool of workspaces: who has which, and how much disk they take. */
import type { Holder } from "../../domain/lease.ts";
import type { Workspace } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import type { App } from "../app.ts";
import type { Records } from "./records.ts";
import { secondsSince } from "./todos.ts";

export interface WorkspaceLine {
  name: string;
  path: string;
  /** `busy`: a step is under way. `draining`: it waits for the last processes of a session that has ended. `missing`: its folder is gone. */
  state: "free" | "held" | "busy" | "draining" | "set_aside" | "missing";
  holder: Holder | null;
  /** Since when it is held. */
  since: string | null;
  age_seconds: number | null;
  purpose: string | null;
  /** Why it is set aside. */
  attention: string | null;
  /** Disk use; null if counting it takes too long. */
  bytes: number | null;
}

/** Longer than this nobody waits for numbers of disk use. */
const PATIENCE_MS = 1000;

/** In name order. */
export async function summarizeWorkspaces(app: App, { workspaces }: Records): Promise<WorkspaceLine[]> {
  const house = await app.house();
  const pool = workspaces.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const sizes = await house.diskUse(
    pool.map(({ path }) => path),
    PATIENCE_MS,
  );
  return pool.map((workspace, index) => {
    const lease = workspace.status === "acquired" ? leaseOf(workspace) : null;
    return {
      name: workspace.name,
      path: workspace.path,
      state: stateOf(workspace, house.isThere(workspace.path)),
      holder: lease?.holder ?? null,
      since: lease?.acquired_at ?? null,
      age_seconds: lease === null ? null : secondsSince(lease.acquired_at, app.now()),
      purpose: workspace.purpose ?? null,
      attention: workspace.attention ?? null,
      bytes: sizes[index] ?? null,
    };
  });
}

function stateOf(workspace: Workspace, isThere: boolean): WorkspaceLine["state"] {
  if (workspace.status === "acquired") {
    const { intent } = leaseOf(workspace);
    if (intent !== undefined) return intent.action === "draining" ? "draining" : "busy";
    return isThere ? "held" : "missing";
  }
  if (workspace.attention !== undefined) return "set_aside";
  return isThere ? "free" : "missing";
}
