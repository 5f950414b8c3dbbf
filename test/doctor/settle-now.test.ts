/** Repairing an agent session whose processes seemed to be gone, and cannot be looked into when it comes to the repair. */
import { expect, test } from "vitest";
import { settleNow } from "../../src/usecases/doctor/stream-runs.ts";
import type { App } from "../../src/usecases/app.ts";
import { createJsonStore } from "../../src/store/json-store.ts";
import { makeTempDir } from "../support/temp.ts";

const AT = "2026-01-07T14:30:00.000Z";

async function open(status: "active" | "killed"): Promise<{ app: App; pauses: number[] }> {
  const store = createJsonStore({ dir: makeTempDir("incr-state-") });
  await store.transact(async (tx) => {
    const session = { id: "s1", repo: "app", harness: "claude", created_at: AT, started_at: AT, updated_at: AT };
    const process = { host: "box/1", boot_id: "b", pid: 7, started_at: "1" };
    const end = { status, completed_at: AT, exit_code: 1, duration_seconds: 1 };
    await tx.put("opencode_sessions", "app/s1", {
      ...session,
      ...(status === "active" ? { status, process } : end),
    });
  });
  const pauses: number[] = [];
  const app = {
    store,
    processes: { isGone: () => ({ gone: false, reason: "unknown", pids: [8] }) },
    pause: async (ms: number) => void pauses.push(ms),
    notify: () => {},
  };
  return { app: app as unknown as App, pauses };
}

test("is asked for again for a while, and is no repair as long as the session is active", async () => {
  const { app, pauses } = await open("active");
  await expect(settleNow(app, "app", "s1")).rejects.toThrow(
    "agent session s1 may have processes that cannot be looked into at the moment",
  );
  expect(pauses.length).toBeGreaterThan(0);
});

test("was done by somebody else if the session is not active any more", async () => {
  const { app, pauses } = await open("killed");
  expect(await settleNow(app, "app", "s1")).toBe("somebody else settled it meanwhile");
  expect(pauses).toEqual([]);
});
