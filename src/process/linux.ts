/** The process table of Linux, by `/proc` (proc(5)): no child processes, so that every command can afford it. */
import { isAlive, look, pids, readLink, readText } from "./procfs.ts";
import { survey } from "./survey.ts";
import type { ProcessRow, ProcessTable } from "./table.ts";

/** What never changes while we live is read once. */
export function createLinuxTable(): ProcessTable {
  let host: string | undefined;
  let bootId: string | undefined;
  let ours: boolean | undefined;
  return {
    host: () => (host ??= hostName()),
    bootId: () => (bootId ??= readText("/proc/sys/kernel/random/boot_id")?.trim() ?? ""),
    namespace: () => readLink("/proc/self/ns/pid"),
    // In a new pid namespace whose /proc is still the parent's, our own number in /proc is not the one we know.
    isOurs: () => (ours ??= readLink("/proc/self") === String(process.pid)),
    look,
    rows: () => pids().map(look).filter(isAlive),
    survey,
    startOrder: (startedAt) => (/^\d+$/.test(startedAt) ? Number(startedAt) : Number.NaN),
    commandOf,
    directories,
    withoutServices: (orphans) => orphans,
  };
}

function commandOf(row: ProcessRow): string {
  const text = readText(`/proc/${row.pid}/cmdline`)?.replaceAll("\0", " ").trim();
  return text === undefined || text === "" ? `[${row.name}]` : text;
}

function directories(): Map<number, string> {
  const found = new Map<number, string>();
  for (const pid of pids()) {
    const target = readLink(`/proc/${pid}/cwd`);
    // The kernel marks a folder that was removed under its process.
    if (target !== undefined) found.set(pid, target.replace(/ \(deleted\)$/, ""));
  }
  return found;
}

/** The name alone is often shared (`localhost`, a container's default), so the machine's own id stands with it, where there is one, as a digest (machine-id(5)). */
function hostName(): string {
  const id = readText("/etc/machine-id")?.trim();
  // Loaded here: most commands never ask for the name.
  const name = process.getBuiltinModule("node:os").hostname();
  if (id === undefined || id === "") return name;
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `${name}/${createHash("sha256").update(`incr ${id}`).digest("hex").slice(0, 8)}`;
}
