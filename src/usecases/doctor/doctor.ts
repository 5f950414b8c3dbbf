/**
 * Looking for everything that is not as it should be, and putting it right if that is asked for. Without repairs it only reads; in particular it does not
 * settle what died. Each repair is as safe as a command: it takes the locks, checks the tokens, and keeps work before anything is emptied.
 */
import { IncrError } from "../../domain/error.ts";
import { asRefusal } from "../workspace/save.ts";
import { checkAgentLogs } from "./agent-logs.ts";
import { checkBranches } from "./branches.ts";
import { problem, type Check, type Finding, type Problem, type World } from "./finding.ts";
import { checkFolders } from "./folders.ts";
import { checkGitLocks } from "./git-locks.ts";
import { checkHistory, checkState, checkTrust } from "./files.ts";
import { checkJobs } from "./jobs.ts";
import { checkLeases } from "./leases.ts";
import { checkLeftovers, checkLocks } from "./locks.ts";
import { checkGit, checkModes } from "./machine.ts";
import { checkOlderState } from "./older-state.ts";
import { checkConfiguration, checkJournal } from "./repository-files.ts";
import { checkMark, checkRepositories } from "./repositories.ts";
import { checkHolders } from "./holders.ts";
import { checkStreamBranches } from "./stream-branches.ts";
import { checkRuns } from "./stream-runs.ts";
import { checkStreams } from "./streams.ts";
import { checkTodos } from "./todos.ts";
import { checkWorkspaces } from "./workspaces.ts";

/** In the order in which they build on each other. */
const CHECKS: readonly Check[] = [
  checkGit,
  checkModes,
  checkLocks,
  checkGitLocks,
  checkState,
  checkHistory,
  checkTrust,
  checkConfiguration,
  checkLeftovers,
  checkRepositories,
  checkMark,
  checkLeases,
  checkHolders,
  checkJobs,
  checkWorkspaces,
  checkFolders,
  checkTodos,
  checkBranches,
  checkJournal,
  checkStreams,
  checkRuns,
  checkStreamBranches,
  checkAgentLogs,
  checkOlderState,
];

export interface DoctorRequest {
  /** Repair what can be repaired. */
  fix: boolean;
  /** Workspaces whose processes the user knows to be gone although that cannot be seen from here. */
  gone: readonly string[];
}

export type Remaining = Finding & {
  /** Why a repair that was tried did not end it. */
  failed: string | null;
};

export interface Diagnosis {
  /** No error and no warning is left. */
  healthy: boolean;
  /** Root of the repository that was looked at; null outside of one. */
  repository: string | null;
  /** Areas that were looked at. */
  checked: string[];
  /** Areas that could not be, with the reason. */
  skipped: { area: string; why: string }[];
  /** What is left, the worst first. */
  findings: Remaining[];
  repaired: (Finding & { done: string })[];
}

/** @throws IncrError `usage` if `gone` is given without `fix` or outside of a repository */
export async function diagnose(app: World["app"], { fix, gone }: DoctorRequest): Promise<Diagnosis> {
  if (gone.length > 0 && (!fix || app.repository === null)) {
    throw new IncrError("usage", "--gone says what a repair may take for granted, so it needs --fix and a repository", {
      hint: "incr doctor --fix --gone ws-001",
    });
  }
  const world: World = { app, house: await app.house(), gone };
  const repository = app.repository?.location.root ?? null;
  const diagnosis: Diagnosis = { healthy: true, repository, checked: [], skipped: [], findings: [], repaired: [] };
  for (const check of CHECKS) {
    const why = obstacle(check, world);
    if (why !== null) diagnosis.skipped.push({ area: check.area, why });
    else await carryOut(check, world, fix, diagnosis);
  }
  diagnosis.findings.sort((a, b) => RANKS[a.severity] - RANKS[b.severity]);
  diagnosis.healthy = diagnosis.findings.every(({ severity }) => severity === "note");
  return diagnosis;
}

/** Why areas of a repository are skipped where there is none. */
export const OUTSIDE = "this is no repository";

const RANKS = { error: 0, warning: 1, note: 2 };

function obstacle({ needs }: Check, { app, house }: World): string | null {
  if (needs.repository === true && app.repository === null) return OUTSIDE;
  if (needs.state !== true) return null;
  const { kind } = house.examineState().health;
  return kind === "good" || kind === "missing" ? null : "the state cannot be read";
}

/** One repair can uncover the next problem. */
const ROUNDS = 4;

async function carryOut(check: Check, world: World, fix: boolean, diagnosis: Diagnosis): Promise<void> {
  const failures = new Map<string, string>();
  const repaired = new Map<string, Finding & { done: string }>();
  let found = await examine(check, world);
  if (found === null) return void diagnosis.skipped.push({ area: check.area, why: "the configuration has an error" });
  for (let round = 0; fix && round < ROUNDS; round += 1) {
    const repairable = found.filter((one) => one.fix !== undefined && !failures.has(keyOf(one)));
    if (repairable.length === 0) break;
    for (const one of repairable) {
      const done = await repair(one, failures);
      if (done !== null) repaired.set(keyOf(one), { ...findingOf(one), done });
      await world.app.step("doctor:repaired");
    }
    found = (await examine(check, world)) ?? [];
  }
  for (const one of found) {
    const failed = failures.get(keyOf(one)) ?? (repaired.delete(keyOf(one)) ? "it came back" : null);
    diagnosis.findings.push({ ...findingOf(one), failed });
  }
  diagnosis.repaired.push(...repaired.values());
  diagnosis.checked.push(check.area);
}

/** A check that cannot be carried out is a finding, and does not keep the others from theirs. Null: the configuration stands in the way, which is said elsewhere. */
async function examine(check: Check, world: World): Promise<Problem[] | null> {
  try {
    return await check.examine(world);
  } catch (error) {
    const failure = asFailure(error);
    if (failure.code === "config") return null;
    const facts = { hint: failure.hint ?? null, data: { code: failure.code, ...failure.data } };
    const meaning = "What is wrong there cannot be told.";
    const message = `the ${check.area} could not be looked at: ${failure.message}`;
    return [problem(check.area, { code: "not_checked", severity: "error", message, meaning, ...facts })];
  }
}

async function repair(one: Problem, failures: Map<string, string>): Promise<string | null> {
  try {
    return (await one.fix?.()) ?? null;
  } catch (error) {
    failures.set(keyOf(one), asFailure(error).message);
    return null;
  }
}

/** What keeps us from looking or repairing; a bug of ours is thrown on. */
function asFailure(error: unknown): IncrError {
  if (error instanceof IncrError) return error;
  const refusal = asRefusal(error);
  if (refusal === null) throw error;
  return new IncrError("io", refusal, { cause: error });
}

function findingOf({ fix, ...finding }: Problem): Finding {
  void fix;
  return finding;
}

function keyOf({ code, about }: Finding): string {
  return `${code} ${about}`;
}
