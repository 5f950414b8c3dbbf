/** A workspace for a person, without a todo or a session. */
import { requireRepository, type App } from "../app.ts";
import { ensureRepo } from "../repository.ts";
import { requireBase, takeWorkspace, type Taken } from "./take.ts";

export interface AcquireRequest {
  /** What it is for, in words. */
  purpose: string;
  /** Revision to stand at, on a detached HEAD. */
  rev?: string;
}

/** @throws what `takeWorkspace` throws; nothing is left behind then */
export async function acquireWorkspace(app: App, request: AcquireRequest): Promise<Taken> {
  requireRepository(app);
  const repo = await ensureRepo(app);
  return await takeWorkspace(app, {
    repo,
    kind: "held",
    holder: { type: "person", id: app.caller.person },
    action: "acquire",
    purpose: request.purpose,
    ...(request.rev === undefined ? {} : { rev: request.rev }),
    reserve: async () => {},
    destination: async () => ({ commit: await requireBase(app, request.rev) }),
    confirm: async () => {},
    undo: async () => {},
  });
}
