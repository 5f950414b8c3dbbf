/** The stage `testing`: the configured commands run on the very files that are going to be committed. */
import { requireCurrentCommit } from "../../domain/job/changes.ts";
import { failTests, passTests } from "../../domain/job/job.ts";
import { leaseEnvironment } from "../lease.ts";
import { advance, failure, findInterruption, tell, timeLeft, type Attempt, type Stop } from "./attempt.ts";
import { compareFiles, findRefusal, sendBack } from "./files.ts";
import { JOB_VARIABLE, jobMark } from "./mark.ts";
import { keepOutput } from "./output.ts";

/** Null: the next stage is up. */
export async function test(attempt: Attempt): Promise<Stop | null> {
  const { app, testCommands } = attempt;
  const { commit_id } = requireCurrentCommit(attempt.job).commit;
  const early = findRefusal("Since you were done, something", await compareFiles(attempt, commit_id));
  if (early !== null) return await sendBack(attempt, early);
  if (testCommands.length === 0) {
    tell(attempt, { type: "notice", message: "there are no test commands (job.test-commands), so nothing is tested" });
  }
  for (const command of testCommands) {
    const result = await runTest(attempt, command);
    if ("kind" in result) return result;
    const now = await compareFiles(attempt, commit_id);
    if (!result.ok) {
      const note = now.changed.length === 0 ? "" : `\n(It has also changed files: ${now.changed.join(", ")})`;
      const { outcome } = result;
      await advance(attempt, (job, now) => failTests(job, { command, outcome, output: `${result.tail}${note}` }, now));
      await app.step("job:tests-recorded");
      return null;
    }
    const refusal = findRefusal(`The test command \`${command}\``, now);
    if (refusal !== null) return await sendBack(attempt, refusal);
  }
  await advance(attempt, (job, now) => passTests(job, testCommands.length === 0 ? undefined : true, now));
  await app.step("job:tests-recorded");
  return null;
}

interface TestResult {
  ok: boolean;
  /** In words: `exit code 1`. */
  outcome: string;
  /** The end of what it printed. */
  tail: string;
}

const GRACE_MS = 2_000;

async function runTest(attempt: Attempt, command: string): Promise<TestResult | Stop> {
  const { app, jobs, job, place, directory, signals } = attempt;
  const stopped = findInterruption(attempt);
  if (stopped !== null) return stopped;
  const begun = app.now().getTime();
  tell(attempt, { type: "test_started", command });
  const output = keepOutput((text) => tell(attempt, { type: "test_output", text }));
  const lease =
    place.kind === "held"
      ? leaseEnvironment({
          lease_id: place.lease.lease_id,
          path: directory,
          todo_id: job.todo_id,
          ...(place.lease.port === undefined ? {} : { port: place.lease.port }),
        })
      : {};
  const env = { ...lease, [JOB_VARIABLE]: job.id };
  await app.step("job:testing");
  const running = await jobs.startTest({ command, cwd: directory, env, onOutput: output.add });
  const child = app.processes.identify(running.pid);
  const family = { processes: child === undefined ? [] : [child], mark: jobMark(job.id) };
  let ending: Promise<unknown> | null = null;
  let isLate = false;
  const end = () => {
    ending ??= app.processes.killTree({ ...family, graceMs: GRACE_MS });
  };
  signals.onInterrupt(end);
  const timer = setTimeout(
    () => {
      isLate = true;
      end();
    },
    Math.min(Math.max(1, timeLeft(attempt)), LONGEST_TIMER_MS),
  );
  const { code, signal } = await running.ended;
  clearTimeout(timer);
  // What it started in the background would work on while others look at the files.
  await (ending ?? app.processes.killTree({ ...family, graceMs: GRACE_MS }));
  await app.step("job:tested");
  output.end();
  const ok = code === 0 && ending === null;
  const outcome = signal === null ? `exit code ${code ?? 1}` : `signal ${signal}`;
  tell(attempt, {
    type: "test_ended",
    command,
    ok,
    exit_code: code ?? 128 + signalNumber(signal),
    outcome,
    duration_ms: app.now().getTime() - begun,
  });
  const interruption = findInterruption(attempt);
  if (interruption !== null) return interruption;
  if (isLate) return failure("time_limit", `it has used up its time while ${command} ran`);
  return { ok, outcome, tail: output.tail() };
}

/** Timers of the platform hold no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

function signalNumber(signal: string | null): number {
  return SIGNALS[signal ?? ""] ?? 0;
}
