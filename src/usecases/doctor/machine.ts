/** What all of it stands on: git, and folders that are ours alone. */
import type { ModeProblem } from "../../ports/house.ts";
import { problem, type Check } from "./finding.ts";

/** The first version with `git merge-tree --write-tree`, by which squash merges are recognised. */
const OLDEST_GIT = "2.38";

/** The program git. */
export const checkGit: Check = {
  area: "git",
  needs: {},
  async examine({ house }) {
    const version = await house.gitVersion();
    if (version === null) {
      const meaning = "Nothing works without it.";
      const hint = "install git";
      return [
        problem("git", { code: "git_missing", severity: "error", message: "git cannot be started", meaning, hint }),
      ];
    }
    if (!isOlder(version, OLDEST_GIT)) return [];
    return [
      problem("git", {
        code: "git_old",
        severity: "warning",
        message: `git is ${version}; incr is made for ${OLDEST_GIT} and newer`,
        meaning: "Workspaces can fail to be made or mended, and merged work is not always recognised.",
        hint: "install a newer git",
        data: { version, oldest: OLDEST_GIT },
      }),
    ];
  },
};

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map(Number));
  const [major = 0, minor = 0] = a ?? [];
  const [wantedMajor = 0, wantedMinor = 0] = b ?? [];
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

/** Who may read what is ours. */
export const checkModes: Check = {
  area: "permissions",
  needs: {},
  examine: async ({ house }) =>
    house.listModeProblems().map((found) =>
      found.owned
        ? problem(found.path, {
            code: "permissions",
            severity: "warning",
            message: `${found.path} has the permissions ${octal(found.mode)} instead of ${octal(found.wanted)}`,
            meaning: describeMode(found),
            repair: `chmod ${octal(found.wanted)}`,
            fix: async () => {
              house.mendMode(found);
              return `chmod ${octal(found.wanted)} ${found.path}`;
            },
            data: { mode: octal(found.mode), wanted: octal(found.wanted) },
          })
        : problem(found.path, {
            code: "owner",
            severity: "warning",
            message: `${found.path} belongs to another user`,
            meaning: "Commands can fail to save what they have to. It happens when incr is run with sudo.",
            hint: `sudo chown -R "$(id -un)" ${house.stateDir}`,
          }),
    ),
};

function describeMode({ mode, wanted }: ModeProblem): string {
  if ((mode & wanted) !== wanted) return "We ourselves cannot use it as we have to.";
  return "Other users of this machine can look into it.";
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
