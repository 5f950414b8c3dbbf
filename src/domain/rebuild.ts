/**
 * Putting the records back together after `state.json` was damaged: from the copy of the save before, from what can still be read, and from the workspaces
 * on disk. Whoever works in a workspace must not lose it by this, so everything that is not known to be free is held.
 */
import type { Lease } from "./lease.ts";
import { COLLECTIONS, recordKey, type CollectionName, type RecordOf, type Session, type Workspace } from "./records.ts";
import { leaseOf } from "./workspace.ts";

/** Records by key, in maps, since a key may be a word like `constructor`. */
export type RecordMaps = { [C in CollectionName]: Map<string, RecordOf<C>> };

/** A workspace's folder as it was found on disk. */
export interface WorkspaceSighting {
  /** Name of the folder that it lies in: the slug of its repository. */
  repo: string;
  name: string;
  path: string;
  /** The repository that it is a worktree of; null if it is none, or its links are broken. */
  worktreeOf: { root: string; commonDir: string; uid: string | null } | null;
  /** Where its `.git` file points to, if it has one. */
  gitDir: string | null;
  /** The lease that it was prepared for and has not been given back since. */
  leaseId: string | null;
  /** Branch that is checked out, and the commit that it was made at. */
  branch: string | null;
  branchStart: string | null;
}

export interface RebuildInput {
  /** The records of the last good copy; null without one. */
  backup: RecordMaps | null;
  /** Records that could be read from the damaged file. */
  salvaged: RecordMaps;
  sightings: readonly WorkspaceSighting[];
  /** ISO time. */
  now: string;
  newLeaseId: () => string;
}

export interface Rebuilt {
  records: RecordMaps;
  /** How many records come of the damaged file. */
  salvaged: number;
  /** Keys of the workspaces that an unknown person holds now. */
  held: string[];
}

/** The newest of what copy and damaged file say of each record, with every workspace accounted for. */
export function rebuildRecords({ backup, salvaged, sightings, now, newLeaseId }: RebuildInput): Rebuilt {
  const records = emptyRecords();
  let count = 0;
  /** Workspaces whose record is that of the copy: what was saved after it is not known. */
  const stale = new Set<string>();
  for (const name of Object.keys(records) as CollectionName[]) {
    const [old, read] = [backup?.[name] ?? new Map<string, never>(), salvaged[name]];
    const into = records[name] as Map<string, unknown>;
    for (const [key, record] of old) {
      into.set(key, record);
      if (name === "workspaces") stale.add(key);
    }
    for (const [key, record] of read) {
      if (!isNewer(record, old.get(key))) continue;
      into.set(key, record);
      stale.delete(key);
      count += 1;
    }
  }
  const held = new Set<string>();
  for (const sighting of sightings) {
    const key = recordKey(sighting.repo, sighting.name);
    const found = records.workspaces.get(key);
    if (found !== undefined && found.path !== sighting.path) continue;
    if (found === undefined && !adoptRepo(records, sighting)) continue;
    const workspace = accountFor(found, sighting, { now, newLeaseId, isStale: stale.has(key) });
    records.workspaces.set(key, workspace);
    nameBranch(records, workspace, sighting);
  }
  for (const [key, workspace] of records.workspaces) {
    const known = withKnownHolder(records, workspace);
    records.workspaces.set(key, known);
    if (known.status === "acquired" && leaseOf(known).holder.id === UNKNOWN.id) held.add(key);
  }
  return { records, salvaged: count, held: [...held].toSorted() };
}

/** One empty map for each collection. */
export function emptyRecords(): RecordMaps {
  return Object.fromEntries(Object.keys(COLLECTIONS).map((name) => [name, new Map()])) as unknown as RecordMaps;
}

const UNKNOWN = { type: "person", id: "unknown" } as const;

/** A record without times (a repository) is as good as its copy. */
function isNewer(read: unknown, old: unknown): boolean {
  if (old === undefined) return true;
  const [a, b] = [read, old].map((record) => (record as { updated_at?: string }).updated_at);
  return a !== undefined && b !== undefined && Date.parse(a) >= Date.parse(b);
}

/** A workspace can only be kept for a repository that is known, or that its own links lead to. */
function adoptRepo(records: RecordMaps, { repo, worktreeOf }: WorkspaceSighting): boolean {
  if (records.repos.has(repo)) return true;
  if (worktreeOf === null) return false;
  if ([...records.repos.values()].some(({ source_path }) => source_path === worktreeOf.root)) return false;
  const { root, uid } = worktreeOf;
  records.repos.set(repo, { source_path: root, ...(uid === null ? {} : { uid }) });
  return true;
}

function accountFor(
  found: Workspace | undefined,
  sighting: WorkspaceSighting,
  { now, newLeaseId, isStale }: { now: string; newLeaseId: () => string; isStale: boolean },
): Workspace {
  const { repo, name, path, leaseId } = sighting;
  const unknown = (): Lease => ({
    // The lease that stands in the folder, so that whoever carries it can still use it.
    lease_id: leaseId ?? newLeaseId(),
    kind: "held",
    holder: UNKNOWN,
    acquired_at: now,
  });
  if (found === undefined) {
    const times = { created_at: now, updated_at: now, acquired_at: now };
    return { name, repo, path, status: "acquired", ...times, provisioned: true, lease: unknown() };
  }
  if (found.status === "available") {
    if (leaseId === null) return found;
    return { ...found, status: "acquired", updated_at: now, acquired_at: now, lease: unknown() };
  }
  const lease = leaseOf(found);
  const began = lease.intent?.action === "acquire" || lease.intent?.action === "resume";
  if (!isStale || !began || lease.lease_id !== leaseId) return found;
  // The copy was saved in the middle of a start; the folder is ready, so the start went on and its end is what was lost.
  const { intent, ...rest } = lease;
  void intent;
  return { ...found, updated_at: now, lease: rest };
}

/** The end of a start also said which branch it made; the folder still knows. */
function nameBranch(records: RecordMaps, workspace: Workspace, sighting: WorkspaceSighting): void {
  const { branch, branchStart, leaseId } = sighting;
  const session = [...records.sessions.values()].find((one) => isHolder(one, workspace, leaseId));
  if (session === undefined || session.branch !== undefined || branch === null) return;
  if (!branch.startsWith(`incr/${session.todo_id}`)) return;
  const base = branchStart === null ? {} : { base: branchStart };
  records.sessions.set(recordKey(session.repo, session.id), { ...session, branch, ...base });
}

/** A lease whose session was lost is an unknown person's, and one without a name whose session is there is that session's. */
function withKnownHolder(records: RecordMaps, workspace: Workspace): Workspace {
  if (workspace.status !== "acquired" || workspace.lease === undefined) return workspace;
  const { lease } = workspace;
  const session = [...records.sessions.values()].find((one) => isHolder(one, workspace, lease.lease_id));
  if (session !== undefined) {
    if (lease.holder.type === "session" && lease.holder.id === session.id) return workspace;
    const holder = { type: "session", id: session.id } as const;
    return { ...workspace, lease: { ...lease, kind: session.lease_kind ?? lease.kind, holder } };
  }
  // An end that had begun knows what it was going to conclude, and goes on without the record.
  if (lease.holder.type !== "session" || lease.intent !== undefined) return workspace;
  const { process, ...rest } = lease;
  void process;
  return { ...workspace, lease: { ...rest, kind: "held", holder: UNKNOWN } };
}

function isHolder(session: Session, workspace: Workspace, leaseId: string | null): boolean {
  return (
    session.status === "active" &&
    session.repo === workspace.repo &&
    session.workspace_name === workspace.name &&
    session.lease_id !== undefined &&
    session.lease_id === leaseId
  );
}
