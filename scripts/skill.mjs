/** The `session` skill as it is installed into repositories: the files under skills/session, and one module made from the sources of the commands. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const skill = join(root, "skills", "session");
const SHARED = "scripts/lib/session.mjs";

/** Paths (in the skill's folder) and contents, sorted by path. */
export async function skillFiles({ faults, version }) {
  const files = readdirSync(skill, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((file) => ({ path: relative(skill, file), content: readFileSync(file) }));
  files.push({ path: SHARED, content: await bundleShared({ faults, version }) });
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function bundleShared({ faults, version }) {
  const esbuild = await import("esbuild");
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["src/cli/skill/script.ts"],
    outfile: SHARED,
    write: false,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    // Not minified: what is committed to somebody's repository is there to be read
    legalComments: "none",
    charset: "utf8",
    define: { __INCR_FAULTS__: "true", __INCR_VERSION__: JSON.stringify(version) },
    banner: {
      js: `// What the scripts of the session skill share, made from the sources of incr ${version}. Not to be edited: \`incr install skill\` replaces it.`,
    },
    plugins: [ownModules({ faults })],
    logLevel: "warning",
  });
  return result.outputFiles[0].contents;
}

/**
 * The commands' lock needs an addon, which a repository with the scripts does not have. And no module of ours does anything by being imported: one of which
 * nothing is used, such as the schemas of the answers, is left out.
 */
const ownModules = ({ faults }) => ({
  name: "own-modules",
  setup(build) {
    const source = (...names) => join(root, "src", ...names);
    build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const file = join(resolveDir, path);
      return {
        path: file === source("store", "lock.ts") ? source("store", "sqlite-lock.ts") : file,
        sideEffects: false,
      };
    });
    if (faults) return;
    build.onLoad({ filter: /\/fault\.ts$/ }, () => ({ contents: "export function fault() {}", loader: "ts" }));
  },
});
