/** Emptying a workspace whose work was kept. To be called by whoever has begun a step on it, so that nobody else does. */
import { IncrError } from "../../domain/error.ts";
import type { Workspace } from "../../domain/records.ts";
import type { Cleaning, KeptState } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";
import { asRefusal, saveWork, type Saved, type SaveRequest } from "./save.ts";

export interface EmptyRequest extends SaveRequest {
  /** What was kept of it; `branch` is removed if it holds nothing, that is if it still is at `base`. */
  saved: Saved;
  /** Nobody can be at work in it any more. */
  abandoned?: boolean;
  /** Told when more was kept than `saved` says, before anything is removed. */
  keptMore?(saved: Saved): Promise<void>;
}

export interface Emptied {
  /** What was kept in the end. */
  saved: Saved;
  branchRemoved: boolean;
  /** Why the workspace cannot be used again yet. */
  attention: string | null;
}

/**
 * What somebody writes while it is emptied is kept, too. Never fails over what is in the workspace, since the work is kept already: a workspace that cannot be
 * emptied is set aside.
 * @throws IncrError `unsafe` (strict) if files keep changing, before anything was removed
 */
export async function emptyWorkspace(app: App, request: EmptyRequest): Promise<Emptied> {
  const { worktrees } = requireRepository(app);
  const { branch, base } = request;
  const { saved, attention } = await emptyForGood(app, request);
  await app.step("empty:cleaned");
  const tip = branch === undefined ? null : await worktrees.branchTip(branch);
  const holdsNothing = branch !== undefined && base !== undefined && tip !== null && tip === base;
  const branchRemoved = holdsNothing && (await worktrees.deleteBranch(branch, tip));
  return { saved, branchRemoved, attention };
}

/** How often the work is kept anew because somebody goes on writing, and how long the pause before is, in milliseconds for each time that it was. */
const ATTEMPTS = 4;
const PAUSE_MS = 40;

async function emptyForGood(app: App, request: EmptyRequest): Promise<Pick<Emptied, "saved" | "attention">> {
  const { workspace } = request;
  let { saved } = request;
  let touched = false;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await empty(app, request, saved.state);
    if (typeof outcome === "string") return { saved, attention: outcome };
    if (outcome.late.length === 0) return { saved, attention: null };
    touched ||= outcome.touched;
    if (attempt === ATTEMPTS) {
      const refused = keepsChanging(workspace, outcome.late);
      if (!touched && request.strict === true) throw await withdrawn(app, request, saved, refused);
      return { saved, attention: refused.message };
    }
    await app.pause(PAUSE_MS * attempt);
    try {
      saved = await keepMore(app, request, saved, touched);
    } catch (error) {
      if (!touched || !(error instanceof IncrError) || error.code !== "unsafe") throw error;
      return { saved, attention: error.message };
    }
    await request.keptMore?.(saved);
  }
}

/** The reason why it cannot be emptied at all, or what emptying it came to. */
async function empty(app: App, request: EmptyRequest, state: KeptState): Promise<string | Cleaning> {
  const { workspace, abandoned } = request;
  const { worktrees, config } = requireRepository(app);
  const { copy, cleanIgnored } = (await config()).workspace;
  const options = { ignored: cleanIgnored, copied: copy, abandoned: abandoned === true, free: true };
  try {
    const cleaning = await worktrees.clean(workspace.path, state, options);
    if (cleaning.found.kind === "missing") await worktrees.forget(workspace.path);
    return cleaning.found.kind === "foreign" ? `${workspace.path} is not ours: ${cleaning.found.why}` : cleaning;
  } catch (error) {
    if (error instanceof IncrError && error.code === "unsafe") return error.message;
    const refused = asRefusal(error);
    if (refused === null) throw error;
    return `${workspace.path} could not be emptied: ${refused}`;
  }
}

/** @param touched whether something was removed already: then what is kept now is the rest, and not all of it */
async function keepMore(app: App, request: EmptyRequest, before: Saved, touched: boolean): Promise<Saved> {
  const { worktrees } = requireRepository(app);
  // While it is being emptied there is nothing that a person could decide.
  const more = await saveWork(app, { ...request, strict: request.strict === true && !touched });
  const saved = { ...more, commit: more.commit ?? before.commit, rescue: more.rescue ?? before.rescue };
  if (more.rescue === null || before.rescue === null) return saved;
  if (!touched && request.since === undefined) {
    await worktrees.dropRescue(before.rescue);
    return saved;
  }
  app.notify({
    code: "rescued",
    message: `files that were written to ${request.workspace.name} while it was emptied are kept as rescue ${more.rescue.name}`,
    data: { workspace: request.workspace.name, rescue: more.rescue.ref },
  });
  return { ...saved, rescue: before.rescue };
}

function keepsChanging({ name, path }: Workspace, late: readonly string[]): IncrError {
  const files = `${late.slice(0, 3).join(", ")}${late.length > 3 ? ", …" : ""}`;
  return new IncrError("unsafe", `files in ${name} keep changing: ${files}`, {
    hint: `end what writes to ${path}, then try again; nothing was removed`,
    data: { workspace: name, path, files: late.slice(0, 100) },
  });
}

/** Everything is still where it was: what was kept of it in vain goes. */
async function withdrawn(app: App, request: EmptyRequest, saved: Saved, error: IncrError): Promise<IncrError> {
  if (saved.rescue !== null && request.since === undefined) {
    await requireRepository(app)
      .worktrees.dropRescue(saved.rescue)
      .catch(() => {});
  }
  return error;
}
