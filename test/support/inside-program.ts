/** What of the command line runs inside tests, as one file: importing its hundreds of modules one by one takes a test file longer than all that it does. */
export { processHost } from "../../src/cli/host.ts";
export { REGISTRY } from "../../src/cli/registry.ts";
export { runCommandLine } from "../../src/cli/run.ts";
