/**
 * Everything that a fresh clone needs before it can run: dependencies and builds, each skipped when nothing has changed. Needs only Node, npm and git.
 *
 * Usage: node scripts/setup.mjs [build targets]
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "./build.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Installs the dependencies unless they are those of package-lock.json, and builds the named targets (cli and lib by default). Throws what failed. */
export async function setUp(targets) {
  checkNode();
  if (!dependenciesAreCurrent()) install();
  const built = await build(targets);
  if (built.length > 0) say(`built ${built.join(", ")}`);
}

function checkNode() {
  const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).engines.node.match(/[\d.]+/)[0];
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [wantedMajor, wantedMinor = 0] = wanted.split(".").map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new Error(`Node ${wanted} or newer is needed, this is ${process.versions.node}`);
}

/** npm notes in node_modules what it has installed: that must be what the lock file wants, less the packages for other platforms. */
function dependenciesAreCurrent() {
  const installedFile = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedFile)) return false;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  const { "": _own, ...wanted } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const nothingElse = Object.keys(installed).every((name) => name in wanted);
  return (
    nothingElse &&
    Object.entries(wanted).every(([name, { integrity, optional }]) =>
      name in installed ? installed[name].integrity === integrity : optional === true,
    )
  );
}

function install() {
  say("installing dependencies (npm ci)");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error("npm ci failed");
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const targets = process.argv.slice(2);
  await setUp(targets.length > 0 ? targets : undefined).catch((error) => {
    say(error.message);
    process.exitCode = 1;
  });
}
