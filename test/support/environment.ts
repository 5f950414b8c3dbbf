/**
 * Runs before each test file: the developer's own environment must not decide what a test sees. HOME is an empty folder with an identity for git;
 * nothing of XDG, git or incr is inherited.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { onCleanup, runCleanups } from "./cleanup.ts";
import { killLeftovers, runId } from "./leftovers.ts";
import { removeFolder } from "./temp.ts";

const UNWANTED =
  /^(XDG_|INCR_|GIT_|EMAIL$|VISUAL$|EDITOR$|NO_COLOR$|FORCE_COLOR$|NODE_EXTRA_CA_CERTS$|NODE_OPTIONS$|TMUX|CLAUDE|CODEX_|OPENCODE|AGENT$)/;
for (const name of Object.keys(process.env)) if (UNWANTED.test(name)) delete process.env[name];

const home = realpathSync(mkdtempSync(join(tmpdir(), "incr-home-")));
onCleanup(() => removeFolder(home));
onCleanup(killLeftovers);
mkdirSync(home, { recursive: true });
writeFileSync(join(home, ".gitconfig"), gitConfig());
process.env["HOME"] = home;
process.env["GIT_CONFIG_NOSYSTEM"] = "1";
process.env["LC_ALL"] = "C.UTF-8";
process.env["TZ"] = "UTC";
process.env["INCR_TEST_RUN"] = runId;

afterAll(runCleanups);
await fixSeed();

/**
 * Where changes are taken (CI), properties are tried with the same values every time: whether a change passes must not depend on chance. Everywhere else they are
 * tried with new ones, and a failure names its seed. PROPERTY_SEED decides both.
 */
async function fixSeed(): Promise<void> {
  const seed = process.env["PROPERTY_SEED"] ?? (process.env["CI"] === undefined ? undefined : "1");
  const { testPath } = expect.getState();
  // Loading the library takes longer than many a file of tests.
  if (seed === undefined || testPath === undefined || !readFileSync(testPath, "utf8").includes("fast-check")) return;
  (await import("fast-check")).default.configureGlobal({ seed: Number(seed) });
}

function gitConfig(): string {
  return [
    "[user]",
    "\tname = Test User",
    "\temail = test@example.com",
    "[init]",
    "\tdefaultBranch = main",
    "[commit]",
    "\tgpgsign = false",
    // A background repack would outlive the test and write into a folder that is being removed.
    "[gc]",
    "\tauto = 0",
    "[maintenance]",
    "\tauto = false",
    "",
  ].join("\n");
}
