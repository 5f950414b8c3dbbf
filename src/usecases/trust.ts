/** Consent to the commands in a repository's configuration file. The user's own file needs none. */
import { join } from "node:path";
import {
  COMMAND_KEYS,
  commandsOf,
  REPO_CONFIG_FILES,
  type CommandKey,
  type Commands,
  type Configuration,
} from "../domain/config.ts";
import { IncrError } from "../domain/error.ts";
import { approvalsOf, approve, findApproval, revoke, type Approval } from "../domain/trust.ts";
import type { TrustStore } from "../ports/trust.ts";
import { requireRepository, type App } from "./app.ts";

/** `none`: there is no file, or it runs nothing. `changed`: another content of it was approved. */
export type TrustState = "none" | "approved" | "changed" | "new";

/** The repository's file as it was read, and whether its commands may run. */
export interface TrustReport {
  state: TrustState;
  /** Absolute path; null without a file. */
  path: string | null;
  name: string | null;
  sha256: string | null;
  commands: Commands;
  approved_at: string | null;
}

/** The state of this repository's file. */
export async function showTrust(app: App): Promise<TrustReport> {
  const { configuration } = requireRepository(app);
  return report(await configuration(), app.trust);
}

/**
 * Approves the content that `seen` reports, which is what the user was shown: an edit that came in between is not approved. A file that runs nothing
 * needs no approval, and gets none.
 * @throws IncrError `rule` if an agent's session asks for itself
 */
export async function approveCommands(
  app: App,
  seen: TrustReport,
  answeredBy: "person" | "flag",
): Promise<TrustReport> {
  if (seen.path === null || seen.sha256 === null || seen.state === "none") return seen;
  if (answeredBy === "flag" && app.caller.leaseId !== null) {
    throw new IncrError("rule", "--yes does not count inside a session: work must not change its own gates", {
      hint: "incr trust, on a terminal or outside of the session",
      data: { lease_id: app.caller.leaseId },
    });
  }
  const now = app.now().toISOString();
  const file = { path: seen.path, sha256: seen.sha256, commands: withoutHoles(seen.commands) };
  await app.trust.update((trust) => approve(trust, file, now));
  return { ...seen, state: "approved", approved_at: now };
}

/** Takes back every approval of this repository's file, also of one that is gone. Returns the paths that had any. */
export async function revokeTrust(app: App): Promise<string[]> {
  const { location } = requireRepository(app);
  const approved = app.trust.read();
  const paths = REPO_CONFIG_FILES.map((name) => join(location.root, name)).filter(
    (path) => approvalsOf(approved, path).length > 0,
  );
  if (paths.length > 0) await app.trust.update((trust) => paths.reduce(revoke, trust));
  return paths;
}

/** Every file that was approved, with its approvals, in path order. */
export function listTrust(app: App): { path: string; approvals: Approval[] }[] {
  const { files } = app.trust.read();
  return Object.keys(files)
    .toSorted()
    .map((path) => ({ path, approvals: files[path] ?? [] }));
}

/**
 * To be called before any of the commands under `keys` is run, with the configuration that they are taken from. Only what the repository's file says
 * itself counts: its commands override the user's, and an empty list of its own runs nothing.
 * @throws IncrError `untrusted`
 */
export function requireTrusted(
  configuration: Configuration,
  trust: TrustStore,
  keys: readonly CommandKey[] = COMMAND_KEYS,
): void {
  const found = report(configuration, trust);
  if (found.state === "none" || found.state === "approved") return;
  const wanted = keys.flatMap((key) => found.commands[key] ?? []);
  if (wanted.length === 0) return;
  const why =
    found.state === "changed"
      ? "was changed since you approved it, and runs commands"
      : "runs commands that you have not approved";
  throw new IncrError("untrusted", `${found.name} ${why}: ${wanted.join("; ")}`, {
    hint: "incr trust",
    data: { file: found.path, sha256: found.sha256, commands: found.commands },
  });
}

function report({ repo }: Configuration, trust: TrustStore): TrustReport {
  const commands = repo === null ? {} : commandsOf(repo.values);
  const facts = { path: repo?.path ?? null, name: repo?.name ?? null, sha256: repo?.sha256 ?? null, commands };
  // Without commands nothing is asked, and a trust file that cannot be read is in nobody's way.
  if (repo === null || Object.keys(commands).length === 0) return { ...facts, state: "none", approved_at: null };
  const records = trust.read();
  const approval = findApproval(records, repo);
  if (approval !== undefined) return { ...facts, state: "approved", approved_at: approval.approved_at };
  return { ...facts, state: approvalsOf(records, repo.path).length > 0 ? "changed" : "new", approved_at: null };
}

function withoutHoles(commands: Commands): Record<string, string[]> {
  return Object.fromEntries(Object.entries(commands).filter(([, lines]) => lines !== undefined));
}
