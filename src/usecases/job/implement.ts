/** The stage `implementing`: an agent works in the checkout, and what it leaves becomes a commit that no branch has yet. */
import { draftCommit, findOpenChange, findStandingChange, listLeaving } from "../../domain/job/changes.ts";
import { dropCall, findNothingToDo } from "../../domain/job/job.ts";
import { parseCommitMessage } from "../../domain/job/markers.ts";
import { renderPrompt } from "../../domain/job/templates.ts";
import type { ActiveJob } from "../../domain/records.ts";
import { requireRepository } from "../app.ts";
import { askAgent } from "./ask.ts";
import { putInPlace } from "./place.ts";
import { compareFiles, findRefusal, sendBack } from "./files.ts";
import { advance, failure, MESSAGE_FILE, tell, variablesOf, type Attempt, type Stop } from "./attempt.ts";

/** Null: the next stage is up. */
export async function implement(attempt: Attempt): Promise<Stop | null> {
  const { app, directory, job } = attempt;
  const { jobCommits } = requireRepository(app);
  const tip = job.tip ?? "";
  if (job.call?.ask !== "commit-message") {
    const most = job.limits?.max_rounds ?? Number.POSITIVE_INFINITY;
    if (job.call === undefined && (job.rounds ?? 0) >= most)
      return failure("max_rounds", `it is not done after ${most === 1 ? "1 round" : `${most} rounds`}`);
    const prompt = await promptOf(attempt);
    const answer = await askAgent(attempt, {
      ask: "implement",
      session: lastSession(attempt),
      prompt,
      file: MESSAGE_FILE,
    });
    if ("kind" in answer) return answer;
  }
  let files = await compareFiles(attempt, tip);
  let message = readMessage(attempt);
  const { call } = attempt.job;
  if (files.changed.length > 0 && "problem" in message && call !== undefined) {
    tell(attempt, { type: "notice", message: `there is no commit message: ${message.problem}` });
    const prompt = renderPrompt(attempt.templates["commit-message"], {
      ...variablesOf(attempt),
      problem: message.problem,
    });
    const answer = await askAgent(attempt, {
      ask: "commit-message",
      session: call.session_id,
      prompt,
      file: MESSAGE_FILE,
    });
    if ("kind" in answer) return answer;
    files = await compareFiles(attempt, tip);
    message = readMessage(attempt);
  }
  const { problem, changed, tree, inPlace } = files;
  const refusal = problem === null ? null : findRefusal("The agent", files);
  if (refusal !== null) return await sendBack(attempt, refusal);
  if (!inPlace) await putInPlace(attempt, tree);
  if (changed.length === 0) return await finishRounds(attempt);
  const text = "message" in message ? message.message : `${attempt.todo.title}\n`;
  const commit_id = await jobCommits.makeCommit(directory, { tree, parent: tip, message: withTrailers(attempt, text) });
  await app.step("job:drafted");
  const commit = { commit_id, draft_message: text, opencode_session_id: attempt.job.call?.session_id ?? "" };
  const change_id = app.randomText(8);
  const next = (current: ActiveJob, now: string) => draftCommit(current, { change_id, commit }, now);
  for (const iteration of listLeaving(attempt.job, next(attempt.job, app.now().toISOString())))
    tell(attempt, { type: "iteration", ...iteration });
  const drafted = await advance(attempt, next);
  tell(attempt, { type: "draft", commit_id, subject: firstLine(text), iteration: drafted.iteration_count ?? 0 });
  await app.step("job:draft-recorded");
  attempt.jobs.removeAnswer(directory, MESSAGE_FILE);
  return null;
}

async function finishRounds(attempt: Attempt): Promise<Stop | null> {
  if (attempt.job.tip === attempt.job.base) {
    await advance(attempt, dropCall);
    return failure("nothing_done", "the implementing agent changed nothing");
  }
  const open = findOpenChange(attempt.job);
  const message = open === undefined ? "nothing is left to do" : "the agent took its change back";
  tell(attempt, { type: "notice", message });
  await advance(attempt, findNothingToDo);
  await attempt.app.step("job:nothing-to-do");
  return null;
}

/** Feedback and the next round go to the agent that has worked so far. */
function lastSession({ job }: Attempt): string | null {
  return job.opencode_sessions?.findLast(({ purpose }) => purpose === "implement")?.id ?? null;
}

async function promptOf(attempt: Attempt): Promise<string> {
  const { app, job, templates } = attempt;
  const common = variablesOf(attempt);
  const { feedback, feedback_from, failed_test } = job;
  if (feedback !== undefined && feedback_from === "tests" && failed_test !== undefined) {
    return renderPrompt(templates["tests-failed"], { ...common, ...failed_test, output: feedback });
  }
  if (feedback !== undefined) return renderPrompt(templates.feedback, { ...common, comments: feedback });
  if (job.tip === job.base || findStandingChange(job) === undefined) return renderPrompt(templates.implement, common);
  const commits = await requireRepository(app).jobCommits.listCommits(job.base ?? "", job.tip ?? "");
  return renderPrompt(templates["next-round"], { ...common, commits: commits.join("\n") });
}

function readMessage({ jobs, directory }: Attempt): ReturnType<typeof parseCommitMessage> {
  return parseCommitMessage(jobs.readAnswer(directory, MESSAGE_FILE));
}

const TRAILER = /^[\w-]+: \S/;

/** Says in the commit itself what it is for. */
function withTrailers({ job }: Attempt, message: string): string {
  const [subject = "", ...body] = message.trimEnd().split("\n");
  const last = body.slice(body.lastIndexOf("") + 1);
  const joins = last.length > 0 && body.includes("") && last.every((line) => TRAILER.test(line));
  const lines = [subject, ...body, ...(joins ? [] : [""]), `Incr-Todo: ${job.todo_id}`, `Incr-Job: ${job.id}`];
  return `${lines.join("\n")}\n`;
}

/** The subject of a message. */
export function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? "";
}
