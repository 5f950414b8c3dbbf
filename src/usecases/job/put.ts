/** One run of an agent for a job, and what its end means for the job. */
import { HARNESSES } from "../../domain/config-file.ts";
import { beginCall, beginRound, noteCost, purposeOf } from "../../domain/job/job.ts";
import { renderPrompt } from "../../domain/job/templates.ts";
import type { JobCall } from "../../domain/job/record.ts";
import type { ActiveAgentSession, FinishedAgentSession } from "../../domain/records.ts";
import type { AnswerFile } from "../../ports/jobs.ts";
import { resumeAgent } from "../agent/resume.ts";
import { runAgent, type AgentRequest, type AgentResult } from "../agent/run.ts";
import type { Answer } from "./ask.ts";
import { advance, failure, findInterruption, tell, timeLeft, variablesOf, type Attempt } from "./attempt.ts";

export interface Question {
  ask: JobCall["ask"];
  prompt: string;
  /** The file that the answer comes in; what is in it now is no answer to this. */
  file: AnswerFile;
  /** It was asked before, and not answered. */
  isAgain: boolean;
  /** The agent has heard the question, and was cut off while it worked on it. */
  goesOn: boolean;
  /** What it is asked in; null: a new one. */
  conversation: FinishedAgentSession | null;
}

/** `stale`: the agent does not know that conversation any more. @throws what `runAgent` and `resumeAgent` throw */
export async function putToAgent(attempt: Attempt, question: Question): Promise<Answer | "stale"> {
  const { app, jobs, job, directory } = attempt;
  const { conversation } = question;
  // An agent that goes on may have written it already.
  if (!question.goesOn) jobs.removeAnswer(directory, question.file);
  await app.step("job:asking");
  const request = await requestOf(attempt, question);
  const harness = HARNESSES.find((name) => name === job.harness);
  const result =
    conversation === null
      ? await runAgent(app, { ...request, place: attempt.place, ...(harness === undefined ? {} : { harness }) })
      : await resumeAgent(app, {
          ...request,
          id: conversation.id,
          ...(attempt.place.kind === "held" ? { place: attempt.place } : {}),
        });
  await app.step("job:answered");
  return await judge(attempt, question, result);
}

async function requestOf(attempt: Attempt, question: Question): Promise<Omit<AgentRequest, "place" | "harness">> {
  const { app, job, agentLimits, templates } = attempt;
  const purpose = purposeOf(job, question.ask);
  const model = job.models?.[purpose];
  const log = question.conversation?.log;
  const from = log === undefined ? 0 : (await app.agents()).log(log).read().next;
  let id = "";
  return {
    ...(model === undefined ? {} : { model }),
    ...(job.agent === undefined ? {} : { agent: job.agent }),
    fullAccess: job.full_access === true,
    prompt: question.goesOn ? renderPrompt(templates["go-on"], variablesOf(attempt)) : question.prompt,
    limits: { ...agentLimits, timeLimitMs: Math.max(1, Math.min(agentLimits.timeLimitMs, timeLeft(attempt))) },
    signals: attempt.signals,
    async onStart(session) {
      ({ id } = session);
      await app.step("job:session-recorded");
      const begin = question.ask === "implement" && !question.isAgain ? beginRound : beginCall;
      await advance(attempt, (current, now) => begin(current, callOf(question, session), now));
      tell(attempt, {
        type: "agent_started",
        agent_session_id: id,
        purpose,
        harness: session.harness ?? "",
        ask: question.ask,
        from,
      });
      await app.step("job:asked");
    },
    onEvent: (event) => attempt.onEvent?.({ at: event.at, type: "agent", agent_session_id: id, purpose, event }),
  };
}

function callOf({ ask, goesOn }: Question, session: ActiveAgentSession): JobCall {
  return {
    ask,
    session_id: session.id,
    run: session.runs ?? 1,
    ...(goesOn ? { goes_on: true } : {}),
    ...(session.cost_usd === undefined ? {} : { cost_before: session.cost_usd }),
  };
}

async function judge(attempt: Attempt, { ask }: Question, { session }: AgentResult): Promise<Answer | "stale"> {
  const { app } = attempt;
  const purpose = purposeOf(attempt.job, ask);
  const job = await advance(attempt, (current, now) => noteCost(current, session.cost_usd, now));
  const said = session.status === "completed" ? undefined : session.message;
  tell(attempt, {
    type: "agent_ended",
    agent_session_id: session.id,
    purpose,
    status: session.status,
    ...(said === undefined ? {} : { message: said }),
    ...(job.cost_usd === undefined ? {} : { cost_usd: job.cost_usd }),
  });
  if (session.status === "completed") return { session };
  const interruption = findInterruption(attempt);
  if (interruption !== null) return interruption;
  if (session.status === "failed" && session.reason === "limited") {
    const until = pauseUntil(app.now(), session.resets_at);
    return { kind: "paused", until, because: said ?? "the provider takes no more work for now" };
  }
  if (session.status === "failed" && session.reason === "stale") return "stale";
  if (session.status === "killed" && session.reason === "time_limit" && timeLeft(attempt) <= 0) {
    return failure("time_limit", "it has used up its time");
  }
  const who = purpose === "implement" ? "implementing" : "reviewing";
  return failure("agent", `the ${who} agent (session ${session.id}) did not complete: ${said ?? session.status}`);
}

/** Where nobody says when a limit ends. */
const UNKNOWN_PAUSE_MS = 3_600_000;
/** Where it should have ended already. */
const SHORT_PAUSE_MS = 60_000;

function pauseUntil(now: Date, resetsAt: string | undefined): string {
  if (resetsAt !== undefined && Date.parse(resetsAt) > now.getTime()) return resetsAt;
  const pause = resetsAt === undefined ? UNKNOWN_PAUSE_MS : SHORT_PAUSE_MS;
  return new Date(now.getTime() + pause).toISOString();
}
