import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { runProcess } from "../support/process.ts";
import { makeTempDir } from "../support/temp.ts";
import { processes, startFamily } from "./family.ts";

const UNSHARE = ["--user", "--map-root-user", "--pid", "--fork"];
/** Not everybody may make namespaces, and macOS has none. */
const canUnshare = await runProcess("unshare", [...UNSHARE, "--mount-proc", "true"]).then(
  ({ code }) => code === 0,
  () => false,
);

/** Runs `code` (with `processes` in scope) in a new pid namespace; it prints JSON. */
async function inContainer<T>(code: string, { proc }: { proc: "own" | "outer" }): Promise<T> {
  const folder = makeTempDir();
  const [entry, bundle] = [join(folder, "entry.ts"), join(folder, "bundle.mjs")];
  const source = fileURLToPath(new URL("../../src/process/processes.ts", import.meta.url));
  writeFileSync(
    entry,
    `import { createProcesses } from ${JSON.stringify(source)};\nconst processes = createProcesses();\n${code}`,
  );
  await build({
    entryPoints: [entry],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  const args = [...UNSHARE, ...(proc === "own" ? ["--mount-proc"] : []), process.execPath, bundle];
  const { code: exit, stderr, json } = await runProcess("unshare", args);
  expect(stderr).toBe("");
  expect(exit).toBe(0);
  return json<T>();
}

describe.runIf(canUnshare)("seen from another container", () => {
  it("a process of this one is unknown, and so is its lease", async () => {
    const { parent } = await startFamily("exec $SLEEP");
    const lease = { lease_id: "x", kind: "process", acquired_at: "2026-01-07T14:30:00.000Z", process: parent };
    for (const proc of ["own", "outer"] as const) {
      const seen = await inContainer<{ state: string; verdict: unknown }>(
        `const lease = ${JSON.stringify(lease)};
         console.log(JSON.stringify({ state: processes.stateOf(lease.process), verdict: processes.isLeaseGone(lease) }));`,
        { proc },
      );
      expect(seen).toMatchObject({ state: "unknown", verdict: { gone: false, reason: "unknown" } });
    }
  });

  it("a process knows itself where /proc is its own, and trusts no pid where it is not", async () => {
    const code = `
      const own = processes.currentIdentity();
      console.log(JSON.stringify({ own, state: processes.stateOf(own), left: await processes.killTree({ processes: [{ pid: 2, started_at: "1" }], graceMs: 0 }) }));`;
    type Seen = { own: { pid: number; pid_namespace: string; boot_id: string }; state: string; left: unknown[] };
    const inside = await inContainer<Seen>(code, { proc: "own" });
    expect(inside).toMatchObject({
      own: { pid: 1, boot_id: processes.currentIdentity().boot_id },
      state: "alive",
      left: [],
    });
    expect(inside.own.pid_namespace).not.toBe(processes.currentIdentity().pid_namespace);
    const blind = await inContainer<Seen>(code, { proc: "outer" });
    expect(blind).toMatchObject({ own: { pid: 1 }, state: "unknown", left: [{ pid: 2 }] });
  });
});
