/**
 * All measurements, as ratios taken side by side in this run. Ends with the promises that were not kept, and exit code 1 if there are any.
 *
 * Usage: npm run bench [-- name …]     (names of files in this folder, such as `state`)
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

// A certificate file in the environment makes every start of Node 20 slower, ours and the one that we compare with.
delete process.env.NODE_EXTRA_CA_CERTS;

const wanted = process.argv.slice(2);
const names = readdirSync(fileURLToPath(new URL(".", import.meta.url)))
  .filter((file) => file.endsWith(".mjs") && file !== "main.mjs")
  .map((file) => file.slice(0, -".mjs".length))
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .toSorted();

const broken = [];
for (const name of names) {
  const measurements = Object.entries(await import(`./${name}.mjs`)).filter(([key]) => key.startsWith("bench"));
  for (const [, measure] of measurements) {
    broken.push(...(await measure()));
    process.stdout.write("\n");
  }
}
if (names.length === 0) broken.push(`no measurement is called ${wanted.join(" or ")}`);
for (const promise of broken) process.stdout.write(`not kept: ${promise}\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
