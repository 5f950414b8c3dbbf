/** Programs of the system that some tests drive. Missing ones are installed where that is possible without asking; what cannot be had is named. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Program, and the Debian package that has it. */
const PROGRAMS = { zsh: "zsh", fish: "fish", tmux: "tmux" };

/** Installs what is missing, if apt-get is there and we may use it, and returns the programs that are still missing. */
export function ensurePrograms() {
  const missing = Object.keys(PROGRAMS).filter((name) => !hasProgram(name));
  if (missing.length === 0 || !hasProgram("apt-get")) return missing;
  const prefix = rightToInstall();
  if (prefix === undefined) return missing;
  process.stderr.write(`installing ${missing.join(", ")} (apt-get)\n`);
  const apt = (...args) => {
    const [file, ...rest] = [...prefix, "apt-get", "-qq", ...args];
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    return spawnSync(file, rest, { stdio: ["ignore", "ignore", "inherit"], env }).status === 0;
  };
  const packages = missing.map((name) => PROGRAMS[name]);
  const install = () => apt("install", "--yes", "--no-install-recommends", ...packages);
  // The lists of a fresh machine are empty or old.
  if (!install() && apt("update")) install();
  return missing.filter((name) => !hasProgram(name));
}

/** Whether a program of that name is on the PATH. */
export function hasProgram(name) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function rightToInstall() {
  if (process.getuid?.() === 0) return [];
  const sudo = hasProgram("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0;
  return sudo ? ["sudo", "-n"] : undefined;
}
