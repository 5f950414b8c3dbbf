import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import type { IncrError } from "../../../src/domain/error.ts";
import {
  countChanges,
  draftCommit,
  findOpenChange,
  findStandingChange,
  ITERATIONS_KEPT,
  listLeaving,
  mergeChanges,
  type Iteration,
} from "../../../src/domain/job/changes.ts";
import {
  abandonFailedJob,
  beginCall,
  beginRound,
  confirmCommit,
  continueJob,
  dropCall,
  endJob,
  failTests,
  findNothingToDo,
  isFinalReview,
  noteCost,
  passTests,
  pauseJob,
  purposeOf,
  recordReview,
  refuseFiles,
  resumeJob,
  startJob,
  workedSeconds,
} from "../../../src/domain/job/job.ts";
import { jobSchema, type JobCall, type JobChange, type JobCommit } from "../../../src/domain/job/record.ts";
import type { ActiveJob, Job } from "../../../src/domain/records.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 7, 14, 0, seconds)).toISOString();
const PROCESS = { host: "h", boot_id: "b", pid: 7, started_at: "1" };
const LIMITS = { max_rounds: 20, time_limit_ms: 3_600_000 };

const started = (): ActiveJob =>
  startJob(
    {
      id: "ab12cd34",
      repo: "app",
      todo_id: "k3j2h1g4",
      place: { workspace_name: "ws-001", lease_id: "lease1" },
      branch: "incr/k3j2h1g4-fix-it",
      base: "base",
      harness: "claude",
      models: {},
      limits: LIMITS,
      process: PROCESS,
      log: "logs/jobs/app/ab12cd34.jsonl",
    },
    at(0),
  );
const call = (ask: JobCall["ask"], session_id = "s1", run = 1): JobCall => ({ ask, session_id, run });
const round = (job: ActiveJob) => beginRound(job, call("implement"), at(1));
const draft = (job: ActiveJob, id: string, change = `c-${id}`) =>
  draftCommit(
    job,
    { change_id: change, commit: { commit_id: id, draft_message: "Do it\n", opencode_session_id: "s1" } },
    at(2),
  );
const tested = (job: ActiveJob) => passTests(job, true, at(3));
const reviewed = (job: ActiveJob, outcome: "ACCEPT" | "REQUEST_CHANGES" | "ABANDON", comments?: string) =>
  recordReview(
    beginCall(job, call("review", "r1"), at(4)),
    { outcome, ...(comments === undefined ? {} : { comments }), opencode_session_id: "r1", reviewed_at: at(4) },
    at(4),
  );
const committed = (job: ActiveJob) => confirmCommit(job, at(5));
const oneCommit = () => committed(reviewed(tested(draft(round(started()), "a1")), "ACCEPT"));
const wholeAccepted = () => reviewed(findNothingToDo(round(oneCommit()), at(6)), "ACCEPT");

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as IncrError).code;
  }
};

describe("a job", () => {
  test("starts implementing, at its base", () => {
    expect(started()).toMatchObject({
      status: "active",
      stage: "implementing",
      workspace_name: "ws-001",
      lease_id: "lease1",
      tip: "base",
      rounds: 0,
      changes: [],
      opencode_sessions: [],
    });
    expect(v.is(jobSchema, started())).toBe(true);
  });

  test("goes through the stages, one commit after the other, to the review of the whole", () => {
    const steps: [string, (job: ActiveJob) => ActiveJob, Partial<ActiveJob>][] = [
      ["begin", round, { stage: "implementing", rounds: 1, call: call("implement") }],
      ["draft", (job) => draft(job, "a1"), { stage: "testing", iteration_count: 1, change_count: 1 }],
      [
        "tests fail",
        (job) => failTests(job, { command: "npm test", outcome: "exit code 1", output: "red" }, at(3)),
        {
          stage: "implementing",
          feedback: "red",
          feedback_from: "tests",
          failed_test: { command: "npm test", outcome: "exit code 1" },
        },
      ],
      ["second round", round, { rounds: 2 }],
      ["draft", (job) => draft(job, "a2"), { stage: "testing", iteration_count: 2, change_count: 1 }],
      ["tests pass", tested, { stage: "reviewing" }],
      [
        "changes are requested",
        (job) => reviewed(job, "REQUEST_CHANGES", "say why"),
        {
          stage: "implementing",
          feedback: "say why",
          feedback_from: "review",
        },
      ],
      ["third round", round, { rounds: 3 }],
      ["draft", (job) => draft(job, "a3"), { stage: "testing", iteration_count: 3, change_count: 1 }],
      ["tests pass", tested, { stage: "reviewing" }],
      ["accepted", (job) => reviewed(job, "ACCEPT"), { stage: "committing", tip: "base" }],
      ["committed", committed, { stage: "implementing", tip: "a3" }],
      ["fourth round", round, { rounds: 4 }],
      ["nothing to do", (job) => findNothingToDo(job, at(6)), { stage: "reviewing", change_count: 1 }],
      [
        "the whole is sent back",
        (job) => reviewed(job, "REQUEST_CHANGES", "and the docs?"),
        {
          stage: "implementing",
          feedback_from: "final-review",
        },
      ],
      ["fifth round", round, { rounds: 5 }],
      ["draft", (job) => draft(job, "b1"), { stage: "testing", change_count: 2 }],
    ];
    let job = started();
    for (const [name, step, expected] of steps) {
      job = step(job);
      expect({ name, ...job }).toMatchObject({ name, ...expected });
      expect(v.is(jobSchema, job)).toBe(true);
    }
    expect(job).not.toHaveProperty("feedback");
    expect(job.changes?.map((change) => change.commits?.map(({ commit_id }) => commit_id))).toEqual([
      ["a1", "a2", "a3"],
      ["b1"],
    ]);
    expect(job.changes?.[0]?.commits?.map(({ tests_passed, review }) => [tests_passed, review?.outcome])).toEqual([
      [false, undefined],
      [true, "REQUEST_CHANGES"],
      [true, "ACCEPT"],
    ]);
  });

  test.each<[string, (job: ActiveJob) => unknown, ActiveJob]>([
    ["a draft while testing", (job) => draft(job, "x"), draft(round(started()), "a1")],
    ["tests while implementing", tested, started()],
    ["a verdict while testing", (job) => reviewed(job, "ACCEPT"), draft(round(started()), "a1")],
    ["a commit without a verdict", committed, tested(draft(round(started()), "a1"))],
    ["a round while reviewing", round, tested(draft(round(started()), "a1"))],
    ["nothing to do while testing", (job) => findNothingToDo(job, at(6)), draft(round(started()), "a1")],
    [
      "files refused while committing",
      (job) => refuseFiles(job, "x", at(6)),
      reviewed(tested(draft(round(started()), "a1")), "ACCEPT"),
    ],
  ])("refuses %s", (_, step, job) => {
    expect(codeOf(() => step(job))).toBe("rule");
  });

  test("knows what a review is of", () => {
    const change = tested(draft(round(started()), "a1"));
    const whole = findNothingToDo(round(oneCommit()), at(6));
    expect([isFinalReview(change), isFinalReview(whole), isFinalReview(started())]).toEqual([false, true, false]);
    expect(purposeOf(change, "review")).toBe("review");
    expect(purposeOf(whole, "review-again")).toBe("project-review");
    expect(purposeOf(started(), "commit-message")).toBe("implement");
  });

  test("takes a change back that its agent took back, and goes on from the commit before", () => {
    const refused = reviewed(tested(draft(round(oneCommit()), "b1")), "REQUEST_CHANGES", "no");
    const back = findNothingToDo(round(refused), at(7));
    expect(findOpenChange(back)).toBeUndefined();
    expect(findStandingChange(back)?.commits?.at(-1)?.commit_id).toBe("a1");
    expect(endJob(reviewed(back, "ACCEPT"), { status: "completed" }, {}, at(8)).status).toBe("completed");
  });

  test.each(["testing", "reviewing"] as const)("does not count a verdict on files that changed while %s", (stage) => {
    const job = stage === "testing" ? draft(round(started()), "a1") : tested(draft(round(started()), "a1"));
    const refused = refuseFiles(job, "look", at(6));
    expect(refused).toMatchObject({ stage: "implementing", feedback: "look", feedback_from: "files" });
    expect(findOpenChange(refused)?.commits?.[0]?.tests_passed).toBe(stage === "reviewing");
    expect(findOpenChange(refused)?.commits?.[0]?.review).toBeUndefined();
  });

  test("adds up what its agents cost, each run once", () => {
    let job = noteCost(round(started()), 0.25, at(1));
    job = noteCost(job, 0.25, at(1));
    job = beginCall(job, { ...call("commit-message", "s1", 2), cost_before: 0.25 }, at(2));
    job = noteCost(noteCost(job, undefined, at(2)), 0.6, at(2));
    expect(job).toMatchObject({ cost_usd: 0.6, call: { cost_before: 0.6 } });
    expect(noteCost(dropCall(job, at(3)), 9, at(3)).cost_usd).toBe(0.6);
  });

  test("names each agent session once, with what it was for", () => {
    const job = beginCall(round(round(started())), call("commit-message", "s1", 2), at(2));
    expect(job.opencode_sessions).toEqual([{ purpose: "implement", id: "s1" }]);
    const review = beginCall(tested(draft(job, "a1")), call("review", "r1"), at(3));
    expect(review.opencode_sessions?.at(-1)).toEqual({ purpose: "review", id: "r1" });
  });
});

describe("the end of a job", () => {
  test("is completion only with an accepted commit, green tests and an accepted whole", () => {
    const done = endJob(wholeAccepted(), { status: "completed" }, { head: "a1" }, at(90));
    expect(done).toMatchObject({ status: "completed", head: "a1", completed_at: at(90), duration_seconds: 90 });
    expect(done).not.toHaveProperty("call");
    expect(v.is(jobSchema, done)).toBe(true);
  });

  const broken = (change: (commit: JobCommit) => JobCommit): ActiveJob => {
    const job = wholeAccepted();
    const [first] = job.changes as JobChange[];
    return { ...job, changes: [{ ...(first as JobChange), commits: (first?.commits ?? []).map(change) }] };
  };
  test.each<[string, ActiveJob]>([
    ["nothing was done", started()],
    ["the whole was not reviewed", findNothingToDo(round(oneCommit()), at(6))],
    ["the whole was sent back", reviewed(findNothingToDo(round(oneCommit()), at(6)), "REQUEST_CHANGES", "x")],
    ["the whole was given up", reviewed(findNothingToDo(round(oneCommit()), at(6)), "ABANDON", "x")],
    ["the last commit has no verdict", broken((commit) => ({ ...commit, review: null }))],
    ["its tests failed", broken((commit) => ({ ...commit, tests_passed: false }))],
    ["the branch stands elsewhere", { ...wholeAccepted(), tip: "zz" }],
    [
      "a change waits",
      {
        ...wholeAccepted(),
        changes: [...(wholeAccepted().changes ?? []), { change_id: "x", commits: [], created_at: at(1) }],
      },
    ],
  ])("is no completion if %s", (_, job) => {
    expect(codeOf(() => endJob(job, { status: "completed" }, {}, at(9)))).toBe("rule");
  });

  test("keeps what a failed job needs to go on, and resuming brings it back", () => {
    const job = beginCall(
      failTests(draft(round(started()), "a1"), { command: "t", outcome: "exit code 1", output: "red" }, at(3)),
      call("implement", "s1", 2),
      at(4),
    );
    const end = { head: "base", branch_removed: true, rescue: "refs/x", answers: { ".incr-review": "ACCEPT" } };
    const failed = endJob(job, { status: "failed", reason: "interrupted", message: "gone" }, end, at(60));
    expect(failed).toMatchObject({
      ...end,
      reason: "interrupted",
      feedback: "red",
      call: { run: 2 },
      duration_seconds: 60,
    });
    const place = { workspace_name: "ws-002", lease_id: "lease2" };
    const live = resumeJob(failed, { place, limits: LIMITS, process: { ...PROCESS, pid: 8 } }, at(100));
    expect(live).toEqual({
      ...job,
      ...place,
      process: { ...PROCESS, pid: 8 },
      updated_at: at(100),
      resumed_at: at(100),
      earlier_seconds: 60,
    });
    expect(workedSeconds(live, at(110))).toBe(70);
    expect(v.is(jobSchema, live)).toBe(true);
  });

  test("is for good when it is completed or abandoned", () => {
    const abandoned = endJob(started(), { status: "abandoned", message: "no" }, {}, at(5));
    for (const job of [abandoned, endJob(wholeAccepted(), { status: "completed" }, {}, at(9))]) {
      expect(codeOf(() => resumeJob(job, { place: { here: "/x" }, limits: LIMITS, process: PROCESS }, at(10)))).toBe(
        "rule",
      );
      expect(codeOf(() => endJob(job, { status: "abandoned", message: "x" }, {}, at(10)))).toBe("rule");
      expect(codeOf(() => abandonFailedJob(job, "x", at(10)))).toBe("rule");
    }
    expect(
      codeOf(() => resumeJob(started(), { place: { here: "/x" }, limits: LIMITS, process: PROCESS }, at(10))),
    ).toBe("held");
    const failed = endJob(started(), { status: "failed", reason: "agent", message: "x" }, { rescue: "r" }, at(5));
    expect(abandonFailedJob(failed, "enough", at(9))).toMatchObject({
      status: "abandoned",
      message: "enough",
      rescue: "r",
    });
  });

  test("does not count a pause as work", () => {
    const paused = pauseJob(started(), at(3000), "limit", at(30));
    expect(workedSeconds(paused, at(2000))).toBe(30);
    const going = continueJob(paused, PROCESS, at(3000));
    expect(going).not.toHaveProperty("paused_until");
    expect(workedSeconds(going, at(3010))).toBe(40);
    expect(endJob(paused, { status: "abandoned", message: "x" }, {}, at(2000)).duration_seconds).toBe(30);
  });

  test("does not count what has gone by since its last sign of life as work", () => {
    const failed = endJob(started(), { status: "failed", reason: "interrupted", message: "x" }, {}, at(3000), at(40));
    expect(failed).toMatchObject({ completed_at: at(3000), duration_seconds: 40 });
    const place = { here: "/x" };
    const live = resumeJob(failed, { place, limits: LIMITS, process: PROCESS }, at(4000));
    expect(workedSeconds(live, at(4010))).toBe(50);
  });
});

describe("iterations", () => {
  const outcome = fc.constantFrom("tests", "review", "files", "accept", "nothing");
  const play = (steps: readonly string[]) => {
    let job = started();
    const all: string[] = [];
    const log: Iteration[] = [];
    for (const [index, step] of steps.entries()) {
      if (step === "nothing") {
        job = reviewed(findNothingToDo(round(job), at(6)), "REQUEST_CHANGES", "go on");
        continue;
      }
      const drafted = draft(round(job), `id${index}`, `c${index}`);
      log.push(...listLeaving(job, drafted));
      all.push(`id${index}`);
      job = drafted;
      if (step === "tests") job = failTests(job, { command: "t", outcome: "exit code 1", output: "x" }, at(3));
      else if (step === "files") job = refuseFiles(job, "x", at(3));
      else job = reviewed(tested(job), step === "accept" ? "ACCEPT" : "REQUEST_CHANGES", "x");
      if (step === "accept") job = committed(job);
    }
    return { job, all, log };
  };

  test("stay few in the record however many there are, are all counted, and none is lost with the log", () => {
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 90 }), (steps) => {
        const { job, all, log } = play(steps);
        const kept = (job.changes ?? []).flatMap(({ commits }) => commits ?? []);
        expect(kept.length).toBe(Math.min(all.length, ITERATIONS_KEPT));
        const merged = mergeChanges([...log, ...log], job);
        expect(merged.flatMap(({ commits }) => commits ?? []).map(({ commit_id }) => commit_id)).toEqual(all);
        expect(countChanges(job)).toEqual({ iterations: all.length, changes: merged.length });
        expect(v.is(jobSchema, job)).toBe(true);
        expect(job.rounds).toBe(steps.length);
      }),
      { numRuns: 60 },
    );
  });

  test("a thousand of them make the record no larger than forty", () => {
    const size = (count: number) => JSON.stringify(play(Array.from({ length: count }, () => "review")).job).length;
    expect(size(1000)).toBeLessThan(size(40) * 1.05);
  });

  test("make room by their length, too, and the last one always stays", () => {
    let job = started();
    const log: Iteration[] = [];
    for (let n = 0; n < 12; n += 1) {
      const drafted = draft(round(job), `id${n}`);
      log.push(...listLeaving(job, drafted));
      job = reviewed(tested(drafted), "REQUEST_CHANGES", "x".repeat(20_000));
    }
    expect(JSON.stringify(job).length).toBeLessThan(110_000);
    expect(job.iteration_count).toBe(12);
    expect(mergeChanges(log, job).flatMap(({ commits }) => commits ?? [])).toHaveLength(12);
    const huge = draft(
      round(reviewed(tested(draft(round(started()), "a1")), "REQUEST_CHANGES", "x".repeat(90_000))),
      "a2",
    );
    expect(findOpenChange(huge)?.commits?.map(({ commit_id }) => commit_id)).toEqual(["a1", "a2"]);
    expect(findOpenChange(draft(round(reviewed(tested(huge), "REQUEST_CHANGES", "x")), "a3"))?.commits).toHaveLength(3);
  });

  test("are counted in files of other programs too, which hold all of them", () => {
    const commit = { commit_id: "x", created_at: at(0) };
    const job = {
      changes: [
        { change_id: "a", commits: [commit, commit], created_at: at(0) },
        { change_id: "b", commits: null, created_at: at(0) },
      ],
    } as unknown as Job;
    expect(countChanges(job)).toEqual({ changes: 2, iterations: 2 });
    expect(countChanges({ changes: null } as unknown as Job)).toEqual({ changes: 0, iterations: 0 });
  });
});
