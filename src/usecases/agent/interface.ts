/** An agent's own interface at the terminal, tracked like any other run; whatever it worked under is kept when it exits. */
import { noteAgentProcess } from "../../domain/agent/session.ts";
import { EMPTY_TALLY } from "../../domain/agent/tally.ts";
import { judgeRun } from "../../domain/agent/verdict.ts";
import { IncrError } from "../../domain/error.ts";
import { recordKey, type ActiveAgentSession } from "../../domain/records.ts";
import type { Harness } from "../../ports/agents.ts";
import type { CaughtSignals, CommandEnd } from "../../ports/runner.ts";
import type { App } from "../app.ts";
import { ensureRepo } from "../repository.ts";
import { acquireWorkspace } from "../workspace/acquire.ts";
import { endAgent } from "./end.ts";
import { findUntold, watchChosen } from "./untold.ts";
import { agentEnvironment, choosePlace, type Place } from "./place.ts";
import {
  beginAgent,
  randomHex,
  requireHarness,
  startOf,
  type AgentRequest,
  type AgentResult,
  type Begun,
} from "./run.ts";
import { writeEvent } from "./supervise.ts";

export interface InterfaceRequest extends Omit<AgentRequest, "prompt" | "limits" | "onEvent"> {
  /** What the person begins with, if anything. */
  prompt: string | null;
}

/**
 * Opens it where the caller stands if that is a leased workspace, else in a workspace that the person holds from then on.
 * @throws what `runAgent` throws
 */
export async function openAgentInterface(app: App, request: InterfaceRequest): Promise<AgentResult> {
  const harness = await requireHarness(app, request);
  const repo = await ensureRepo(app);
  return await app.runner.catchSignals(async (signals) => {
    const chosen = request.place ?? (await choosePlace(app, repo, request.inPlace === true));
    const place = chosen.kind === "own" && chosen.at === undefined ? await holdWorkspace(app, harness) : chosen;
    const conversation = await prepareConversation(app, harness, place, request.prompt);
    const begun = await beginAgent(app, { ...request, repo, harness, place, interactive: true, conversation });
    await request.onStart?.(begun.session);
    return await attend(app, begun, { harness, prompt: request.prompt, resumed: false, signals });
  });
}

/** The person's own, as with `incr workspace acquire`: it stays when the agent exits. */
async function holdWorkspace(app: App, harness: Harness): Promise<Exclude<Place, { kind: "own" }>> {
  const { workspace, lease } = await acquireWorkspace(app, { purpose: `${harness.name} at a terminal` });
  app.notify({
    code: "workspace_held",
    message: `${workspace.name} is yours until \`incr workspace release ${workspace.name}\`: ${workspace.path}`,
    data: { workspace: workspace.name, path: workspace.path },
  });
  return { kind: "held", workspace, lease };
}

/** opencode takes a prompt only for a conversation that it makes itself. */
async function prepareConversation(
  app: App,
  harness: Harness,
  place: Place,
  prompt: string | null,
): Promise<string | null> {
  if (prompt !== null || place.kind === "own") return null;
  const cwd = place.kind === "held" ? place.workspace.path : place.cwd;
  return await (await app.agents()).makeConversation(harness, randomHex(app), cwd);
}

export interface Attendance {
  harness: Harness;
  prompt: string | null;
  resumed: boolean;
  signals: CaughtSignals;
}

/** Runs the interface of a recorded session with the caller's terminal, and ends the session with it. */
export async function attend(app: App, { session, leased }: Begun, attendance: Attendance): Promise<AgentResult> {
  const { harness, prompt, resumed, signals } = attendance;
  const agents = await app.agents();
  writeEvent(app, agents.log(session.log ?? ""), { type: "started", harness: harness.name, resumed }, undefined);
  const { args, env } = harness.interfaceCommand(startOf(app, session, resumed), prompt);
  let end: CommandEnd = { code: null, signal: null, signalNumber: null };
  let failure: IncrError | null = null;
  const endWatch = await watchChosen(app, harness, session);
  await app.step("agent:starting");
  try {
    end = await app.runner.command({
      file: harness.program,
      args,
      cwd: session.cwd ?? "",
      env: { ...env, ...agentEnvironment(session, leased) },
      signals,
      onStart: async (pid) => await recordProcess(app, session, pid),
    });
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    failure = error;
  } finally {
    await endWatch();
  }
  const interrupted = signals.interruptedBy();
  const found = failure === null ? await findConversation(app, harness, session) : (session.agent_session_id ?? null);
  const stop = interrupted === null ? null : (await isUnwanted(app, session)) ? "kill" : "interrupt";
  const run = { code: end.code, signal: end.signal, stop, expected: null, interactive: true } as const;
  const verdict =
    failure === null
      ? judgeRun(EMPTY_TALLY, run)
      : ({ status: "failed", reason: "start_failed", message: failure.message } as const);
  const exit_code = end.code ?? 128 + (end.signalNumber ?? 0);
  const ending = await endAgent(app, {
    session,
    end: {
      verdict,
      tally: { ...EMPTY_TALLY, agent_session_id: found },
      ...(failure === null ? { exit_code } : {}),
      ...(end.signal === null ? {} : { signal: end.signal }),
    },
  });
  return { ...ending, text: null, exit_code: failure === null ? exit_code : 126, failure };
}

/** What cannot be recorded is told, and does not end the run: the agent carries the session's mark in its environment, by which it is found as well. */
async function recordProcess(app: App, session: ActiveAgentSession, pid: number): Promise<void> {
  const child = app.processes.identify(pid);
  if (child === undefined) return;
  const key = recordKey(session.repo, session.id);
  try {
    await app.store.transact(async (tx) => {
      const current = await tx.find("opencode_sessions", key);
      if (current?.status !== "active") return;
      await tx.put("opencode_sessions", key, noteAgentProcess(current, child, app.now().toISOString()));
    });
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    const message = `the agent runs, and its process was not recorded: ${error.message}`;
    app.notify({ code: "not_recorded", message, data: { id: session.id } });
  }
}

async function isUnwanted(app: App, session: ActiveAgentSession): Promise<boolean> {
  const key = recordKey(session.repo, session.id);
  const current = await app.store.read(async (tx) => await tx.find("opencode_sessions", key));
  return current?.status === "active" && current.stop_requested_at !== undefined;
}

/** What its plugin told meanwhile, else what the agent wrote down itself; one that it has not written down counts for nothing. */
async function findConversation(app: App, harness: Harness, session: ActiveAgentSession): Promise<string | null> {
  const key = recordKey(session.repo, session.id);
  const current = await app.store.read(async (tx) => await tx.find("opencode_sessions", key));
  const latest = current?.status === "active" ? current : session;
  const known = current?.agent_session_id ?? null;
  if (known !== null && latest.chosen_session_id === undefined) return known;
  return (await findUntold(app, harness, latest)) ?? known;
}
