import { mkdirSync, realpathSync, rmdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeTempDir } from "../support/temp.ts";
import { waitFor } from "../support/wait.ts";
import { kill, processes, startFamily } from "./family.ts";

describe.runIf(process.platform === "linux")("who stands in a folder", () => {
  it("is whoever works in it or below, until it leaves or ends", async () => {
    const dir = makeTempDir();
    const below = join(dir, "ws-001", "src");
    mkdirSync(below, { recursive: true });
    expect(processes.findOccupants(dir)).toEqual([]);

    const { parent } = await startFamily(`cd ${below} && exec $SLEEP`);
    const occupant = await waitFor("the occupant", () =>
      processes.findOccupants(dir).find(({ command }) => command === "sleep 600"),
    );
    expect(occupant).toEqual({
      pid: parent.pid,
      started_at: parent.started_at,
      command: "sleep 600",
      cwd: below,
      within: "ws-001/src",
    });
    expect(processes.findOccupants(join(dir, "ws-001"))).toMatchObject([{ within: "src" }]);
    expect(processes.findOccupants(below)).toMatchObject([{ within: "" }]);
    expect(processes.findOccupants(join(dir, "ws-00"))).toEqual([]);

    await kill(parent);
    expect(processes.findOccupants(dir)).toEqual([]);
  });

  it("is not who went away", async () => {
    const dir = makeTempDir();
    const family = await startFamily(`cd ${dir}; echo $$ > $OLDPWD/in; cd /; echo $$ > $OLDPWD/out; exec $SLEEP`);
    await family.member("in");
    await waitFor("it to leave", () => processes.findOccupants(dir).length === 0);
    expect(processes.stateOf(family.parent)).toBe("alive");
  });

  it("is found through a link, and in a folder that was removed", async () => {
    const dir = makeTempDir();
    const gone = join(dir, "gone");
    mkdirSync(gone);
    const link = join(makeTempDir(), "link");
    symlinkSync(dir, link);
    const { parent } = await startFamily(`cd ${gone} && exec $SLEEP`);
    await waitFor("the occupant", () => processes.findOccupants(link).length === 1);
    rmdirSync(gone);
    expect(processes.findOccupants(gone)).toMatchObject([{ pid: parent.pid, cwd: gone }]);
    expect(processes.findOccupants(link)).toMatchObject([{ within: "gone" }]);
  });

  it("is not us, nor who called us", () => {
    const dir = realpathSync(makeTempDir());
    const before = process.cwd();
    const ancestors = processes.findOccupants(before).map(({ pid }) => pid);
    expect(ancestors).not.toContain(process.ppid);
    process.chdir(dir);
    try {
      expect(processes.findOccupants(dir)).toEqual([]);
    } finally {
      process.chdir(before);
    }
  });
});
