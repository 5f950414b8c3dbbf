/** Runs once before all tests: makes sure that the test build of the command line is that of the present sources. */
import { build } from "../../scripts/build.mjs";

export default async function setup(): Promise<void> {
  await build(["test"]);
}
