/** Going on with a conversation: the same one, in the same folder, on the same branch; or a refusal that says what to do instead. */
import {
  harnessOf,
  isUnnamed,
  notCapturedError,
  requireConversation,
  requireEnded,
  resumeAgentSession,
  type AgentPlace,
} from "../../domain/agent/session.ts";
import { HARNESSES } from "../../domain/config-file.ts";
import { IncrError } from "../../domain/error.ts";
import { recordKey, type ActiveAgentSession, type FinishedAgentSession } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import type { Harness } from "../../ports/agents.ts";
import { requireRepository, type App } from "../app.ts";
import { ensureRepo } from "../repository.ts";
import { takeWorkspace } from "../workspace/take.ts";
import { requireAgentSession } from "./find.ts";
import { attend } from "./interface.ts";
import { heldPlace, holderOf, requireNoJob, type HeldPlace } from "./place.ts";
import { locateAgentWork } from "./locate.ts";
import {
  carryOut,
  randomHex,
  requireHarness,
  startOf,
  untilStopped,
  type AgentRequest,
  type AgentResult,
  type Begun,
} from "./run.ts";

export interface ResumeRequest extends Omit<AgentRequest, "prompt" | "inPlace" | "place"> {
  /** A workspace whose lease the caller holds, in place of the one that it had. */
  place?: HeldPlace;
  /** Our id, the start of it, or the agent's; without it the last conversation of the workspace that the caller stands in. */
  id?: string | undefined;
  /** Null: the person goes on at the terminal, in the agent's own interface. */
  prompt: string | null;
}

/** @throws IncrError `not_found`, `ambiguous`, `usage`, `rule`, `held`, `conflict`; nothing is changed then. Once it runs, its end is a result */
export async function resumeAgent(app: App, request: ResumeRequest): Promise<AgentResult> {
  if (request.prompt?.trim() === "") throw new IncrError("invalid_input", "the prompt is empty");
  const wanted = { id: request.id, harness: request.harness, conversation: true };
  const session = requireEnded(await requireAgentSession(app, wanted));
  const harness = await requireKnownHarness(app, session, request);
  const conversation = requireConversation(session);
  requireUsable(session, harness, conversation);
  await requireBegun(app, session, harness, conversation);
  await ensureRepo(app);
  return await untilStopped(app, request, async (signals) => {
    const begun = await takeUp(app, request, session, harness);
    await bringConversation(app, session, begun.session, harness, conversation);
    await request.onStart?.(begun.session);
    if (request.prompt === null) return await attend(app, begun, { harness, prompt: null, resumed: true, signals });
    const errand = {
      harness,
      start: startOf(app, begun.session, true),
      request: { ...request, prompt: request.prompt },
      signals,
    };
    return await carryOut(app, begun, errand);
  });
}

async function requireKnownHarness(
  app: App,
  session: FinishedAgentSession,
  { agent, extra }: Pick<AgentRequest, "agent" | "extra">,
): Promise<Harness> {
  const name = HARNESSES.find((one) => one === harnessOf(session));
  if (name !== undefined)
    return await requireHarness(app, {
      harness: name,
      ...(agent === undefined ? {} : { agent }),
      ...(extra === undefined ? {} : { extra }),
    });
  throw new IncrError(
    "rule",
    `agent session ${session.id} was with ${harnessOf(session)}, which this version does not know`,
  );
}

function requireUsable(session: FinishedAgentSession, harness: Harness, conversation: string): void {
  const afresh = `start afresh: incr agent run --harness ${harness.name} '<prompt>'`;
  if (!harness.isConversationId(conversation)) {
    throw new IncrError("rule", `${conversation} is not the id of a conversation of ${harness.name}`, { hint: afresh });
  }
  if (session.status === "failed" && session.reason === "stale") {
    throw new IncrError("not_found", `${harness.name} does not know the conversation ${conversation} any more`, {
      hint: afresh,
      data: { id: session.id, agent_session_id: conversation },
    });
  }
}

/** An id that was chosen for a conversation which then never began stands in records of earlier versions. @throws IncrError `rule` */
async function requireBegun(
  app: App,
  session: FinishedAgentSession,
  harness: Harness,
  conversation: string,
): Promise<void> {
  if (harness.chooseId(randomHex(app)) === null || session.log === undefined) return;
  const agents = await app.agents();
  if (!isUnnamed(session, agents.log(session.log).read().events)) return;
  if (agents.hasConversation(harness, conversation) !== true) throw notCapturedError(session);
}

/** Makes the record live again, where it was. */
async function takeUp(
  app: App,
  request: ResumeRequest,
  session: FinishedAgentSession,
  harness: Harness,
): Promise<Begun> {
  const held = request.place ?? (await findHeld(app, session));
  if (held !== null) {
    const place = { ...heldPlace(held), ...(await requireBranch(app, session, held.workspace.path)) };
    return { session: await makeLive(app, request, session, place), leased: held };
  }
  if (session.workspace_name !== undefined) return await retake(app, request, session, harness);
  const { cwd } = session;
  if (cwd === undefined) {
    throw new IncrError("rule", `where agent session ${session.id} worked was not recorded`, {
      hint: "it was made by another program; resume it with that",
    });
  }
  const place = { cwd, ...(await requireBranch(app, session, cwd)) };
  return { session: await makeLive(app, request, session, place), leased: null };
}

function resumptionOf(
  app: App,
  { model, agent, fullAccess, extra, prompt }: ResumeRequest,
  session: FinishedAgentSession,
) {
  return {
    asked: {
      ...session.asked,
      ...(model === undefined ? {} : { model }),
      ...(agent === undefined ? {} : { agent }),
      ...(fullAccess === true ? { full_access: true } : {}),
      ...(extra === undefined || extra.length === 0 ? {} : { extra: [...extra] }),
    },
    interactive: prompt === null,
    process: app.processes.currentIdentity(),
  };
}

async function makeLive(
  app: App,
  request: ResumeRequest,
  session: FinishedAgentSession,
  place: AgentPlace,
): Promise<ActiveAgentSession> {
  const key = recordKey(session.repo, session.id);
  return await app.store.transact(async (tx) => {
    await request.assignment?.admit(tx);
    const current = (await tx.find("opencode_sessions", key)) ?? session;
    const input = { ...resumptionOf(app, request, session), place };
    const live = resumeAgentSession(current, input, app.now().toISOString());
    await tx.put("opencode_sessions", key, live);
    return live;
  });
}

/** The workspace under whose lease it worked, if that is held still; for a work session that was resumed, the one that it has now. */
async function findHeld(app: App, session: FinishedAgentSession): Promise<HeldPlace | null> {
  if (session.owns_lease === true || session.workspace_name === undefined) return null;
  const { repo, session_id } = session;
  const { workspaces, work } = await app.store.read(async (tx) => ({
    workspaces: (await tx.list("workspaces", { repo })).map(({ record }) => record),
    work: session_id === undefined ? undefined : await tx.find("sessions", recordKey(repo, session_id)),
  }));
  if (session_id !== undefined && work?.status !== "active") {
    throw new IncrError("rule", `the work session ${session_id} of agent session ${session.id} has ended`, {
      hint:
        work?.status === "failed"
          ? `incr session resume ${session_id}, then resume the agent there`
          : "start afresh: incr agent run '<prompt>'",
      data: { id: session.id, session_id },
    });
  }
  const leaseId = work?.status === "active" ? work.lease_id : session.lease_id;
  for (const workspace of workspaces) {
    if (workspace.status !== "acquired" || leaseOf(workspace).lease_id !== leaseId) continue;
    requireNoJob(app, workspace, leaseOf(workspace));
    const todo = session.todo_id === undefined ? {} : { todo_id: session.todo_id };
    return { kind: "held", workspace, lease: leaseOf(workspace), ...todo };
  }
  return null;
}

/** @throws IncrError `not_found` if the folder is gone, `conflict` if another branch is checked out there now */
async function requireBranch(app: App, session: FinishedAgentSession, cwd: string): Promise<{ branch: string | null }> {
  const { worktrees } = requireRepository(app);
  const { branch } = await worktrees.readHead(cwd).catch((error: unknown) => {
    throw new IncrError("not_found", `the folder ${cwd} of agent session ${session.id} is gone`, {
      hint: "start afresh: incr agent run '<prompt>'",
      data: { id: session.id, cwd },
      cause: error,
    });
  });
  const wanted = session.branch;
  if (wanted === undefined || wanted === null || wanted === branch) return { branch };
  const now = branch === null ? "a bare commit is" : `${branch} is`;
  throw new IncrError(
    "conflict",
    `agent session ${session.id} worked on ${wanted}, and ${now} checked out in ${cwd} now`,
    {
      hint: `git -C ${cwd} switch ${wanted}`,
      data: { id: session.id, branch: wanted, checked_out: branch },
    },
  );
}

/** A workspace of its own again, the same one if it is free, with branch and files as they were left. */
async function retake(
  app: App,
  request: ResumeRequest,
  session: FinishedAgentSession,
  harness: Harness,
): Promise<Begun> {
  const { worktrees } = requireRepository(app);
  const key = recordKey(session.repo, session.id);
  // Looked at before anything changes, and again under the repository lock.
  let found = await locateAgentWork(app, session);
  let live: ActiveAgentSession | null = null;
  const taken = await takeWorkspace(app, {
    repo: session.repo,
    kind: "process",
    holder: holderOf(session),
    action: "resume",
    purpose: `${harness.name} agent`,
    ...(session.workspace_name === undefined ? {} : { prefer: session.workspace_name }),
    async reserve(tx, workspace, lease) {
      await request.assignment?.admit(tx);
      const current = (await tx.find("opencode_sessions", key)) ?? session;
      const place = {
        cwd: workspace.path,
        branch: session.branch ?? null,
        workspace_name: workspace.name,
        lease_id: lease.lease_id,
        owns_lease: true,
      };
      const input = { ...resumptionOf(app, request, session), place };
      live = resumeAgentSession(current, input, app.now().toISOString());
      await tx.put("opencode_sessions", key, live);
    },
    async destination() {
      found = await locateAgentWork(app, session);
      return found.destination;
    },
    async fill(path) {
      if (found.rescue !== null) await worktrees.restore(path, found.rescue);
    },
    confirm: async () => {},
    undo: async (tx) => await tx.remove("opencode_sessions", key),
  });
  if (found.note !== null) app.notify(found.note);
  if (found.rescue !== null) await worktrees.markRestored(found.rescue);
  return { session: live as unknown as ActiveAgentSession, leased: taken };
}

/** Another folder than before: said, and the conversation is moved where the agent needs that. */
async function bringConversation(
  app: App,
  before: FinishedAgentSession,
  now: ActiveAgentSession,
  harness: Harness,
  conversation: string,
): Promise<void> {
  if (before.cwd === undefined || before.cwd === now.cwd || now.cwd === undefined) return;
  if (harness.staysInFolder) await (await app.agents()).moveConversation(harness, conversation, now.cwd);
  app.notify({
    code: "conversation_moved",
    message: `the conversation goes on in ${now.cwd}; before it was in ${before.cwd}`,
    data: { id: now.id, from: before.cwd, to: now.cwd },
  });
}
