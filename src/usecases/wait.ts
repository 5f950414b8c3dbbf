/** `incr wait`: until work sessions, agent sessions and jobs have ended, and whatever else its caller can look at. */
import { harnessOf } from "../domain/agent/session.ts";
import { matchPrefix } from "../domain/id.ts";
import { IncrError } from "../domain/error.ts";
import { recordKey, type ActiveAgentSession, type RecordOf } from "../domain/records.ts";
import { leaseOf } from "../domain/workspace.ts";
import type { ReadTx } from "../ports/store.ts";
import type { App } from "./app.ts";
import { livenessOf } from "./agent/list.ts";
import { findRepoSlug } from "./repository.ts";
import { settle } from "./settle.ts";
import { isWithin, requireOutside, withinError } from "./within.ts";

const WAITED = ["sessions", "opencode_sessions", "jobs"] as const;
type Waited = (typeof WAITED)[number];

const KINDS = { sessions: "session", opencode_sessions: "agent_session", jobs: "job" } as const satisfies Record<
  Waited,
  string
>;

/** `attention`: it will not end by itself. `running`: it had not ended when the time was over. */
export type WaitOutcome = "completed" | "failed" | "attention" | "running";

export interface WaitedFor {
  id: string;
  kind: (typeof KINDS)[Waited] | "stream" | "thread";
  status: string;
  outcome: WaitOutcome;
  /** Why it failed, or needs attention. */
  why: string | null;
}

export interface WaitRequest {
  ids: readonly string[];
  /** Milliseconds; absent: for ever. */
  timeoutMs?: number | undefined;
  /** Only agent sessions, and of those only with this agent. */
  only?: { harness?: string | undefined } | undefined;
  /** How what is no record stands, behind the others in the result. */
  others?: readonly (() => Promise<WaitedFor>)[];
}

const FIRST_POLL_MS = 50;
const SLOW_POLL_MS = 1_000;
/** Looking whether a process lives costs more than a look at the state. */
const SETTLE_EVERY_MS = 2_000;

/** Returns when all have ended, one needs attention and the others have ended, or the time is over. @throws IncrError `not_found`, `ambiguous`, `rule` for what the caller is part of */
export async function waitFor(app: App, request: WaitRequest): Promise<WaitedFor[]> {
  const repo = (await findRepoSlug(app)) ?? "";
  const wanted = await app.store.read(async (tx) => {
    const found = [];
    for (const id of request.ids) found.push(await resolve(tx, repo, id, request.only));
    for (const target of found) await requireEnding(app, tx, repo, target);
    return found;
  });
  const limit = request.timeoutMs ?? Number.POSITIVE_INFINITY;
  let pause = FIRST_POLL_MS;
  let sinceSettled = 0;
  for (let waited = 0; ; waited += pause) {
    const now = await look(app, repo, wanted);
    for (const other of request.others ?? []) now.push(await other());
    const left = limit - waited;
    if (left <= 0 || now.every(({ outcome }) => outcome !== "running")) return now;
    pause = Math.min(Math.max(FIRST_POLL_MS, waited / 4), SLOW_POLL_MS, left);
    await app.pause(pause);
    sinceSettled += pause;
    if (sinceSettled < SETTLE_EVERY_MS) continue;
    sinceSettled = 0;
    await settle(app);
  }
}

interface Target {
  collection: Waited;
  id: string;
}

async function resolve(tx: ReadTx, repo: string, id: string, only: WaitRequest["only"]): Promise<Target> {
  const targets: Target[] = [];
  for (const collection of only === undefined ? WAITED : (["opencode_sessions"] as const)) {
    for (const { record } of await tx.list(collection, { repo, finishedSince: "ever", idPrefix: id })) {
      const isMeant =
        only?.harness === undefined || harnessOf(record as RecordOf<"opencode_sessions">) === only.harness;
      if (isMeant) targets.push({ collection, id: record.id });
    }
  }
  const match = matchPrefix(
    targets.map((target) => target.id),
    id,
  );
  if (match.kind === "one") return targets.find((target) => target.id === match.id) as Target;
  const noun = only === undefined ? "session, agent session or job" : "agent session";
  if (match.kind === "none") {
    const hint = only === undefined ? "incr session list, incr agent list or incr job list" : "incr agent list";
    throw new IncrError("not_found", `no ${noun} "${id}"`, { hint, data: { id } });
  }
  throw new IncrError("ambiguous", `"${id}" is the start of more than one ${noun}: ${match.candidates.join(", ")}`, {
    hint: "type more of it",
    data: { id, candidates: match.candidates },
  });
}

/** @throws IncrError `rule` if it ends only after the caller has */
async function requireEnding(app: App, tx: ReadTx, repo: string, { collection, id }: Target): Promise<void> {
  const what = `${KINDS[collection].replace("_", " ")} ${id}`;
  if (collection === "opencode_sessions") {
    const session = await tx.find(collection, recordKey(repo, id));
    if (session?.status === "active") requireOutside(app, what, [session]);
    return;
  }
  const record = await tx.find(collection, recordKey(repo, id));
  if (record !== undefined && (await isWithin(app, tx, record))) throw withinError(what);
}

async function look(app: App, repo: string, wanted: readonly Target[]): Promise<WaitedFor[]> {
  return await app.store.read(async (tx) => {
    const found: WaitedFor[] = [];
    for (const { collection, id } of wanted) {
      const record = await tx.find(collection, recordKey(repo, id));
      if (record === undefined) {
        // A start that was undone never was.
        found.push({ id, kind: KINDS[collection], status: "gone", outcome: "failed", why: "it was undone" });
      } else {
        found.push({
          id,
          kind: KINDS[collection],
          status: record.status,
          ...(await judge(app, tx, collection, record)),
        });
      }
    }
    return found;
  });
}

async function judge(
  app: App,
  tx: ReadTx,
  collection: Waited,
  record: RecordOf<Waited>,
): Promise<Pick<WaitedFor, "outcome" | "why">> {
  if (record.status === "completed") return { outcome: "completed", why: null };
  if (record.status !== "active") return { outcome: "failed", why: reasonOf(record) };
  const why = await findTrouble(app, tx, collection, record);
  return why === null ? { outcome: "running", why: null } : { outcome: "attention", why };
}

function reasonOf(record: object): string | null {
  if ("message" in record && typeof record.message === "string") return record.message;
  return "reason" in record && typeof record.reason === "string" ? record.reason.replaceAll("_", " ") : null;
}

/** Why something active will not end by itself; null if it may. */
async function findTrouble(app: App, tx: ReadTx, collection: Waited, record: RecordOf<Waited>): Promise<string | null> {
  if (collection === "opencode_sessions") return agentTrouble(app, record as ActiveAgentSession);
  const holder = (await tx.list("workspaces", { repo: record.repo }))
    .flatMap(({ record: one }) => (one.status === "acquired" ? [leaseOf(one)] : []))
    .find((lease) => lease.holder.id === record.id);
  // One that waits for its provider in place goes on by itself.
  if ("paused_until" in record && typeof record.paused_until === "string" && holder?.kind !== "process")
    return `it is paused until ${record.paused_until}`;
  if (holder === undefined) return collection === "sessions" ? "it holds no workspace" : null;
  if (holder.kind === "held") return null;
  const verdict = app.processes.isLeaseGone(holder);
  if (verdict.gone || verdict.reason === "owner_alive") return null;
  if (verdict.reason === "unknown") return verdict.because;
  return collection === "jobs" ? "what carried it out is gone, and something that it had started runs on" : null;
}

/** The same of an agent session. */
export function agentTrouble(app: App, session: ActiveAgentSession): string | null {
  const liveness = livenessOf(app, session);
  if (liveness === "unknown") return "whether it runs cannot be told from here";
  return liveness === "orphaned" ? "what watched over it is gone, and it runs on" : null;
}
