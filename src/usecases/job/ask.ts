/**
 * Asking an agent for something: one run of one agent session, which stands in the job's record from before the agent starts. Whoever comes back to the same
 * question after a crash finds the answer, or that it was never given; no answer is paid for twice.
 */
import type { LoggedEvent } from "../../domain/agent/event.ts";
import { eventsOfLastRun } from "../../domain/agent/session.ts";
import { countEvents } from "../../domain/agent/tally.ts";
import { HARNESSES } from "../../domain/config-file.ts";
import { noteCost } from "../../domain/job/job.ts";
import type { JobCall } from "../../domain/job/record.ts";
import { recordKey, type FinishedAgentSession } from "../../domain/records.ts";
import { killAgent } from "../agent/kill.ts";
import { advance, failure, type Attempt, type Stop } from "./attempt.ts";
import { isOnBranch } from "./place.ts";
import { putToAgent, type Question } from "./put.ts";

export interface Ask extends Pick<Question, "prompt" | "file"> {
  ask: JobCall["ask"];
  /** Id of the agent session whose conversation goes on; null: a new one. */
  session: string | null;
}

export type Answer = { session: FinishedAgentSession } | Stop;

/** @throws what `runAgent` and `resumeAgent` throw */
export async function askAgent(attempt: Attempt, { session, ...question }: Ask): Promise<Answer> {
  const { call } = attempt.job;
  const isAgain = call?.ask === question.ask;
  const id = isAgain ? call.session_id : session;
  const asked = id === null ? undefined : await findEnded(attempt, id);
  let goesOn = false;
  if (isAgain && asked !== undefined) {
    // Asked before: by a process that is gone, or of a provider that took no more work.
    await advance(attempt, (job, now) => noteCost(job, asked.cost_usd, now));
    if (asked.status === "completed" && (asked.runs ?? 1) >= call.run) return { session: asked };
    goesOn = await hasWorked(attempt, asked);
  }
  if (asked !== undefined && (await canGoOn(attempt, asked)) && (await isOnBranch(attempt))) {
    const answer = await putToAgent(attempt, { ...question, isAgain, goesOn, conversation: asked });
    if (answer !== "stale") return answer;
  }
  const isBegun = attempt.job.call?.ask === question.ask;
  const answer = await putToAgent(attempt, { ...question, isAgain: isBegun, goesOn: false, conversation: null });
  if (answer !== "stale") return answer;
  return failure(
    "agent",
    `${attempt.job.harness ?? "the agent"} does not know the conversation that it has just begun`,
  );
}

/** The agent session, with whatever it is still doing ended: who asked for it is gone. Undefined if it never began. */
async function findEnded({ app, job }: Attempt, id: string): Promise<FinishedAgentSession | undefined> {
  const find = async () =>
    await app.store.read(async (tx) => await tx.find("opencode_sessions", recordKey(job.repo, id)));
  if ((await find())?.status === "active") await killAgent(app, { id });
  const session = await find();
  return session === undefined || session.status === "active" ? undefined : session;
}

/**
 * Whether its conversation can be gone on with by the agent that the job has now. One that the agent neither named nor wrote down never began, though records of
 * earlier versions have the id that was chosen for it.
 */
async function canGoOn(attempt: Attempt, session: FinishedAgentSession): Promise<boolean> {
  const { agent_session_id: conversation, harness } = session;
  if (typeof conversation !== "string" || harness !== attempt.job.harness) return false;
  if (session.status === "failed" && (session.reason === "stale" || session.reason === "wrong_conversation"))
    return false;
  if ((await eventsOf(attempt, session)).some(({ type }) => type === "conversation")) return true;
  const agents = await attempt.app.agents();
  const name = HARNESSES.find((one) => one === harness);
  return name !== undefined && agents.hasConversation(agents.find(name), conversation) === true;
}

/** Whether the agent has heard in its last run what it was asked: then it only has to go on. */
async function hasWorked(attempt: Attempt, session: FinishedAgentSession): Promise<boolean> {
  const events = await eventsOf(attempt, session);
  const last = eventsOfLastRun(session, events);
  const tally = countEvents(last);
  return tally.text !== null || last.some(({ type }) => type === "tool_started" || type === "tool_ended");
}

async function eventsOf({ app }: Attempt, { log }: FinishedAgentSession): Promise<LoggedEvent[]> {
  return log === undefined ? [] : (await app.agents()).log(log).read().events;
}
